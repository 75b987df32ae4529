#include "flowdb/sarif/place_resolver.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>

#include "flowdb/sarif/utf8.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr int64_t kMaxNumber = std::numeric_limits<uint32_t>::max();
// Hostile logs may name a file for each step: then it is resolved again.
constexpr size_t kMaxFiles = 100'000;

uint32_t Bounded(uint64_t number) {
  return static_cast<uint32_t>(std::min<uint64_t>(number, static_cast<uint64_t>(kMaxNumber)));
}

// Characters that count as one column, or two.
uint64_t Width(std::string_view character, bool utf16) {
  return utf16 && character.size() == 4 ? 2 : 1;
}

// How many bytes the first `columns` of a text take; beyond its end each column is a byte.
uint64_t BytesOf(std::string_view text, uint64_t columns, bool utf16) {
  uint64_t bytes = 0;
  while (columns > 0 && !text.empty()) {
    const std::string_view character = text.substr(0, Utf8CharacterSize(text));
    const uint64_t width = Width(character, utf16);
    if (width > columns) break;
    columns -= width;
    bytes += character.size();
    text.remove_prefix(character.size());
  }
  return bytes + columns;
}

bool IsWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The last column of the word or the character at a column, both from 1.
uint64_t WordEnd(std::string_view line, uint64_t column) {
  uint64_t end = column;
  if (column > line.size() || !IsWordPart(line[column - 1])) return end;
  while (end < line.size() && IsWordPart(line[end])) ++end;
  return end;
}

}  // namespace

void PlaceResolver::StartRun(const SarifRun& run) {
  run_ = &run;
  files_.clear();
}

PlaceResolver::File& PlaceResolver::FindFile(const SarifArtifactLocation& location) {
  key_.assign(location.uri);
  if (location.uri.empty()) StrAppend(&key_, location.index);
  key_ += '\0';
  key_ += location.uri_base_id;
  if (const auto found = files_.find(key_); found != files_.end()) return found->second;
  if (files_.size() >= kMaxFiles) files_.clear();
  File file;
  file.path = ResolveArtifact(*run_, location);
  return files_.emplace(key_, std::move(file)).first->second;
}

const SourceText* PlaceResolver::TextOf(File& file) {
  if (file.is_absent) return nullptr;
  const SourceText* text = nullptr;
  if (!root_.empty() && !file.path.relative.empty()) {
    text = sources_.Find(StrCat(root_, "/", file.path.relative));
  }
  if (text == nullptr && file.path.name.starts_with('/')) text = sources_.Find(file.path.name);
  file.is_absent = text == nullptr;
  file.is_known_ascii = text != nullptr && text->is_ascii();
  return text;
}

std::string_view PlaceResolver::Resolve(const SarifStep& step, Place& place) {
  if (!step.has_place) return "it has no physicalLocation";
  File& file = FindFile(step.artifact);
  if (!file.path.problem.empty()) return file.path.problem;
  place = {.file = file.path.name};
  const SarifRegion& region = step.region;
  if (region.start_line <= 0 && (region.byte_offset >= 0 || region.char_offset >= 0)) {
    return ResolveOffsets(file, region, place);
  }
  if (region.start_line <= 0) return "it has no region";
  if (region.start_line > kMaxNumber) return "its line is too large";
  place.line = static_cast<uint32_t>(region.start_line);
  SetColumns(file, region, place);
  return {};
}

std::string_view PlaceResolver::ResolveOffsets(File& file, const SarifRegion& region,
                                               Place& place) {
  const SourceText* source = TextOf(file);
  if (source == nullptr) return "its region is an offset, and the file is not at hand (--root)";
  const bool in_bytes = region.byte_offset >= 0;
  const std::string_view text = source->text();
  const auto offset = static_cast<uint64_t>(in_bytes ? region.byte_offset : region.char_offset);
  const auto length = static_cast<uint64_t>(
      std::max<int64_t>(in_bytes ? region.byte_length : region.char_length, 0));
  const uint64_t start = in_bytes ? offset : BytesOf(text, offset, run_->columns_are_utf16);
  if (start >= text.size()) return "its offset is behind the end of the file";
  const uint64_t line = source->LineAt(start);
  const std::string_view line_text = source->Line(line).value_or("");
  const uint64_t column = start - source->LineStart(line) + 1;
  const uint64_t bytes =
      in_bytes ? length : BytesOf(text.substr(start), length, run_->columns_are_utf16);
  uint64_t end = std::min<uint64_t>(column + bytes, line_text.size() + 1) - 1;
  if (end < column) end = WordEnd(line_text, column);
  place.line = Bounded(line);
  place.col_start = Bounded(column);
  place.col_end = Bounded(std::max(end, column));
  return {};
}

void PlaceResolver::SetColumns(File& file, const SarifRegion& region, Place& place) {
  const bool one_line = region.end_line <= region.start_line;
  int64_t start_column = region.start_column;
  if (start_column <= 0 && one_line && region.end_column > 0) start_column = 1;
  if (start_column <= 0 || start_column > kMaxNumber) return;
  const auto start = static_cast<uint64_t>(start_column);
  const bool is_point = one_line && region.end_column <= start_column;
  const auto end = is_point ? start : Bounded(static_cast<uint64_t>(region.end_column) - 1);

  // The usual case, and the only one that needs no text.
  if (one_line && !is_point && file.is_known_ascii) {
    place.col_start = Bounded(start);
    place.col_end = end;
    return;
  }
  std::optional<std::string_view> line;
  if (const SourceText* source = TextOf(file)) line = source->Line(place.line);
  if (!line && start == 1 && !region.snippet.empty()) {
    line = std::string_view(region.snippet).substr(0, region.snippet.find_first_of("\r\n"));
  }
  if (!one_line && !line) return;
  if (!line) {
    place.columns_kept = true;
    place.col_start = Bounded(start);
    place.col_end = Bounded(end);
    return;
  }
  const auto bytes_before = [&](uint64_t columns) {
    return BytesOf(*line, columns, run_->columns_are_utf16);
  };
  const uint64_t first = bytes_before(start - 1) + 1;
  uint64_t last = is_point ? WordEnd(*line, first) : bytes_before(end);
  if (!one_line) last = line->size();
  place.col_start = Bounded(first);
  place.col_end = Bounded(std::max(first, last));
}

}  // namespace flowmon
