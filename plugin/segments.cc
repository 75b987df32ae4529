#include "plugin/segments.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// The number in a segment's name, without kCompressedSuffix; nothing for any other name.
std::optional<uint64_t> SegmentNumber(absl::string_view name) {
  uint64_t number = 0;
  absl::string_view digits = name;
  if (!absl::ConsumePrefix(&digits, "executions.") || !absl::ConsumeSuffix(&digits, ".jsonl") ||
      !absl::SimpleAtoi(digits, &number) || number == 0 || SegmentName(number) != name)
    return std::nullopt;
  return number;
}

}  // namespace

std::string SegmentName(uint64_t number) {
  return absl::StrFormat("executions.%06u.jsonl", number);
}

absl::StatusOr<std::vector<Segment>> ListSegments(const std::string& directory) {
  std::vector<Segment> segments;
  std::error_code error;
  std::filesystem::directory_iterator it(directory, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string file_name = it->path().filename().string();
    absl::string_view name = file_name;
    const bool is_compressed = absl::ConsumeSuffix(&name, AbslView(kCompressedSuffix));
    const std::optional<uint64_t> number = SegmentNumber(name);
    std::error_code vanished;
    if (!number || !it->is_regular_file(vanished)) continue;
    const uint64_t bytes = it->file_size(vanished);
    if (!vanished) segments.push_back({*number, bytes, is_compressed});
  }
  if (error) return absl::NotFoundError(StrCat("cannot read ", directory, ": ", error.message()));
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) {
    return a.number != b.number ? a.number < b.number : a.is_compressed < b.is_compressed;
  });
  const auto same_number = [](const Segment& a, const Segment& b) { return a.number == b.number; };
  segments.erase(std::unique(segments.begin(), segments.end(), same_number), segments.end());
  return segments;
}

void RemoveUnfinishedSegments(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator it(directory, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string file_name = it->path().filename().string();
    absl::string_view name = file_name;
    if (!absl::ConsumeSuffix(&name, AbslView(kUnfinishedSuffix))) continue;
    absl::ConsumeSuffix(&name, AbslView(kCompressedSuffix));
    std::error_code ignored;
    if (name == AbslView(kRecordsFileName) || SegmentNumber(name))
      std::filesystem::remove(it->path(), ignored);
  }
}

}  // namespace flowmon
