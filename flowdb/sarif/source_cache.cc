#include "flowdb/sarif/source_cache.h"

#include <algorithm>
#include <utility>

#include "flowdb/read_file.h"
#include "flowdb/sarif/utf8.h"

namespace flowmon {
namespace {

constexpr uint64_t kMaxFileBytes = 64 << 20;
constexpr uint64_t kMaxCacheBytes = 128 << 20;
constexpr size_t kMaxCacheFiles = 100'000;

std::optional<SourceText> Load(const std::string& path) {
  absl::StatusOr<std::string> text = ReadRegularFile(path, kMaxFileBytes);
  if (!text.ok()) return std::nullopt;
  return SourceText(*std::move(text));
}

}  // namespace

SourceText::SourceText(std::string text) : text_(std::move(text)), is_ascii_(IsAscii(text_)) {
  line_starts_.push_back(0);
  for (size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', end + 1)) {
    line_starts_.push_back(end + 1);
  }
}

std::optional<std::string_view> SourceText::Line(uint64_t line) const {
  if (line == 0 || line > line_starts_.size()) return std::nullopt;
  std::string_view rest = std::string_view(text_).substr(LineStart(line));
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

uint64_t SourceText::LineAt(uint64_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<uint64_t>(after - line_starts_.begin());
}

const SourceText* SourceCache::Find(const std::string& path) {
  auto found = texts_.find(path);
  if (found == texts_.end()) {
    if (bytes_ > kMaxCacheBytes || texts_.size() > kMaxCacheFiles) {
      texts_.clear();
      bytes_ = 0;
    }
    found = texts_.emplace(path, Load(path)).first;
    if (found->second) bytes_ += found->second->text().size();
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace flowmon
