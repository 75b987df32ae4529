// The files that hold a campaign's records: one that is being written, and numbered finished
// segments, plain or compressed, oldest first (doc/RECORDS.md).
//
//     executions.jsonl                 being written
//     executions.000001.jsonl          finished
//     executions.000001.jsonl.zst      finished and compressed
//
// A segment keeps its number for ever. Where it is there twice (its compressor was killed between
// the last two steps), the plain one counts.

#ifndef FLOWMON_PLUGIN_SEGMENTS_H_
#define FLOWMON_PLUGIN_SEGMENTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace flowmon {

inline constexpr std::string_view kRecordsFileName = "executions.jsonl";
inline constexpr std::string_view kCompressedSuffix = ".zst";
// Of a file that is not to be read yet.
inline constexpr std::string_view kUnfinishedSuffix = ".tmp";

struct Segment {
  uint64_t number;
  uint64_t bytes;  // as it is on the disk
  bool is_compressed;
};

// "executions.000042.jsonl"
std::string SegmentName(uint64_t number);

// The finished ones, by number; each number once. An error if the directory cannot be read.
absl::StatusOr<std::vector<Segment>> ListSegments(const std::string& directory);

// Removes what writers and compressors that were killed left half made. The caller must hold the
// lock of the directory's records (record_writer.h).
void RemoveUnfinishedSegments(const std::string& directory);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_SEGMENTS_H_
