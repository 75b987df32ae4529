// Reads the .flowdb text format (doc/FLOWDB.md) into a FlowDb.

#ifndef FLOWMON_FLOWDB_READER_H_
#define FLOWMON_FLOWDB_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/flowdb.h"

namespace flowmon {

// One thing that is wrong with one line. The line was skipped, or used as the message says.
struct FlowDbWarning {
  uint32_t line;        // from 1; 0 for the file as a whole
  std::string message;  // "unknown source id 7 in flow 12", without file, line and text
  std::string text;     // the offending line, cut to a readable length; may be empty
};

// "x.flowdb:12: unknown source id 7 in flow 12: FLOW,12,7,..."
std::string FormatWarning(std::string_view file_name, const FlowDbWarning& warning);

struct FlowDbFile {
  FlowDb db;
  std::vector<FlowDbWarning> warnings;  // in line order; at most kMaxFlowDbWarnings
  uint64_t num_warnings = 0;            // all of them, kept or not
  uint64_t content_hash = 0;            // xxHash64, seed 0, of the file's bytes
};

inline constexpr size_t kMaxFlowDbWarnings = 1000;
inline constexpr size_t kMaxFlowDbLineBytes = 1 << 20;
inline constexpr uint64_t kMaxFlowDbBytes = 0xFFFFFFFF;  // so that a line number fits 32 bits

// A database without a single usable FLOW line is an error for who wants to monitor it; a linter
// rather has it as a warning (of line 0), together with the warnings that tell why.
enum class NoFlows { kError, kWarning };

// Errors: a file that cannot be read, is larger than kMaxFlowDbBytes, is UTF-16, or has no usable
// FLOW line. Everything else is a warning. `file_name` is used in messages only; nothing returned
// refers to `text`.
absl::StatusOr<FlowDbFile> ParseFlowDb(std::string_view text, std::string_view file_name,
                                       NoFlows no_flows = NoFlows::kError);
// Reads regular files and pipes, all at once: about the size of the file is needed on top of the
// database while reading.
absl::StatusOr<FlowDbFile> ReadFlowDb(const std::string& path, NoFlows no_flows = NoFlows::kError);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_READER_H_
