// The text of source files, for columns that count characters and for offsets.

#ifndef FLOWMON_FLOWDB_SARIF_SOURCE_CACHE_H_
#define FLOWMON_FLOWDB_SARIF_SOURCE_CACHE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace flowmon {

class SourceText {
 public:
  explicit SourceText(std::string text);
  // Without its line end; `line` from 1. Nothing if there is no such line.
  std::optional<std::string_view> Line(uint64_t line) const;
  // From 1, of a byte offset up to the end of the text.
  uint64_t LineAt(uint64_t offset) const;
  uint64_t LineStart(uint64_t line) const { return line_starts_[line - 1]; }
  std::string_view text() const { return text_; }
  bool is_ascii() const { return is_ascii_; }

 private:
  std::string text_;
  std::vector<uint64_t> line_starts_;
  bool is_ascii_;
};

// Bounded: when it is full, it starts over.
class SourceCache {
 public:
  // nullptr if it is no regular file, cannot be read or is larger than 64 MiB. Valid until the next
  // call.
  const SourceText* Find(const std::string& path);

 private:
  absl::flat_hash_map<std::string, std::optional<SourceText>> texts_;
  uint64_t bytes_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_SOURCE_CACHE_H_
