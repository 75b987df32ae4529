// Runs a target on one input and tells what was observed, without a fuzzer.
//
// One process per input, executed anew: slow and sure. For `flowmon doctor`, `crashes` and
// `verdict --replay`.

#ifndef FLOWMON_TOOLS_TARGET_RUN_H_
#define FLOWMON_TOOLS_TARGET_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/flowdb.h"
#include "plugin/config.h"
#include "plugin/database_fit.h"
#include "plugin/execution.h"
#include "plugin/target_lanes.h"

namespace flowmon {

struct TargetCommand {
  // The program (a path, or a name that PATH has) and its arguments. Each @@, also inside an
  // argument, stands for the input's path; without one the input is the standard input.
  std::vector<std::string> argv;
  uint32_t timeout_ms = 1000;
  uint32_t memory_mib = 0;  // of address space; 0 = no limit. AddressSanitizer needs 0
};

// What a run of afl-fuzz with a busy machine may take is not enough for a process executed anew.
inline constexpr uint32_t kMinReplayTimeoutMs = 1000;

// A campaign's settings, with room for all that one run reports: what it completed must not be
// lost.
Config::SharedMemory MemoryForReplay(Config::SharedMemory memory);

struct TargetRun {
  Execution execution;  // normalized
  int exit_code = -1;   // -1 if a signal ended it
  int signal = 0;       // 0 if none did
  bool timed_out = false;
  double seconds = 0;
  std::string error_output;  // the end of its standard error, at most TargetRunner::kMaxErrorOutput

  bool crashed() const { return signal != 0 && !timed_out; }
};

// "exit 0", "SIGSEGV", "time-out".
std::string DescribeEnd(const TargetRun& run);

// Not thread-safe. Its lanes are this process's: one runner at a time in the lane of files.
class TargetRunner {
 public:
  static constexpr size_t kMaxErrorOutput = 4096;

  // The database must not be larger than a target's coverage map (FLOW_LIMIT_MAP_SIZE). Error also
  // where processes cannot be waited for with a time limit.
  static absl::StatusOr<TargetRunner> Create(const FlowDb& db, const Config::SharedMemory& config,
                                             TargetCommand command);

  // The process group of the target is gone afterwards. Sanitizers end it by a signal, unless the
  // environment has options for them. Error: the program or the input cannot be had.
  absl::StatusOr<TargetRun> Run(const std::string& input);

  const TargetCommand& command() const { return command_; }
  // Whether a process of the target has mapped the region, or made files, in any run so far.
  bool is_attached() const { return has_mapped_session() || has_made_files(); }
  bool has_mapped_session() const { return lanes_.session && lanes_.session->is_attached(); }
  bool has_made_files() const { return made_files_; }  // with something in them
  DatabaseFit CompareDatabase(uint64_t hash) const;

 private:
  TargetRunner(TargetLanes lanes, std::vector<std::string> environment, uint32_t max_events,
               TargetCommand command);

  TargetLanes lanes_;
  std::vector<std::string> environment_;  // "NAME=value"
  uint32_t max_events_;
  TargetCommand command_;
  bool made_files_ = false;
};

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_TARGET_RUN_H_
