#include "flowdb/sarif/artifact_path.h"

#include <cctype>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "absl/strings/match.h"
#include "flowdb/fields.h"
#include "flowdb/path_match.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// A longer chain of uriBaseIds is a cycle, whatever its length.
constexpr int kMaxBases = 64;
// Longer than any file system has it; a line of a .flowdb must not get too long.
constexpr size_t kMaxPathBytes = 8192;

ArtifactPath Problem(std::string problem) {
  return {.name = "", .relative = "", .problem = std::move(problem)};
}

bool HasDrive(std::string_view path) {
  return path.size() >= 2 && std::isalpha(static_cast<unsigned char>(path[0])) && path[1] == ':';
}
bool IsAbsolute(std::string_view path) { return path.starts_with('/') || HasDrive(path); }

// Up to the colon; empty without one. A single letter is a drive.
std::string_view SchemeOf(std::string_view uri) {
  size_t size = 0;
  while (size < uri.size() && (std::isalnum(static_cast<unsigned char>(uri[size])) ||
                               uri[size] == '+' || uri[size] == '.' || uri[size] == '-')) {
    ++size;
  }
  const bool is_scheme = size > 1 && size < uri.size() && uri[size] == ':' &&
                         std::isalpha(static_cast<unsigned char>(uri[0]));
  return is_scheme ? uri.substr(0, size) : std::string_view();
}

// The path that a uri stands for, or why it stands for none.
std::string PathOfUri(std::string_view uri, std::string& problem) {
  const std::string_view scheme = SchemeOf(uri);
  if (!scheme.empty() && !absl::EqualsIgnoreCase(AbslView(scheme), "file")) {
    problem = StrCat("its uri has the scheme \"", PrintableText(scheme, 20), "\", it is no file");
    return "";
  }
  if (!scheme.empty()) {
    uri.remove_prefix(scheme.size() + 1);
    constexpr std::string_view kLocalhost = "//localhost/";
    if (uri.starts_with("///")) uri.remove_prefix(2);
    if (uri.starts_with(kLocalhost)) uri.remove_prefix(kLocalhost.size() - 1);
    if (uri.starts_with('/') && HasDrive(uri.substr(1))) uri.remove_prefix(1);
  }
  std::string path = PercentDecoded(uri);
  if (path.find('\0') != std::string::npos) problem = "its uri has a NUL";
  return path;
}

}  // namespace

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto [stop, error] = std::from_chars(digits, digits + 2, byte, 16);
      if (error == std::errc() && stop == digits + 2) {
        decoded += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

ArtifactPath ResolveArtifact(const SarifRun& run, const SarifArtifactLocation& location) {
  const SarifArtifactLocation* artifact = &location;
  if (location.uri.empty() && location.index >= 0) {
    if (static_cast<uint64_t>(location.index) >= run.artifacts.size()) {
      return Problem("it refers to an artifact that the run does not have");
    }
    artifact = &run.artifacts[static_cast<size_t>(location.index)];
  }
  if (artifact->uri.empty()) return Problem("it names no file");

  ArtifactPath result;
  std::string path = PathOfUri(artifact->uri, result.problem);
  const SarifArtifactLocation* base = artifact;
  for (int bases = 0; !IsAbsolute(path) && !base->uri_base_id.empty(); ++bases) {
    const auto found = run.uri_bases.find(base->uri_base_id);
    if (found == run.uri_bases.end()) break;
    if (bases == kMaxBases) return Problem("its uriBaseId leads back to itself");
    base = &found->second;
    if (base->uri.empty()) continue;
    const std::string prefix = PathOfUri(base->uri, result.problem);
    if (IsAbsolute(prefix)) result.relative = NormalizePath(path);
    if (path.size() > kMaxPathBytes) break;
    path = StrCat(prefix, prefix.ends_with('/') ? "" : "/", path);
  }
  if (!result.problem.empty()) return Problem(result.problem);
  if (path.size() > kMaxPathBytes) return Problem("its file name is too long");
  result.name = NormalizePath(path);
  if (!IsAbsolute(path)) result.relative = result.name;
  return result;
}

}  // namespace flowmon
