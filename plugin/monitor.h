// One observed campaign: everything between AFL++'s hooks and the files in the output directory.
//
// afl_hooks.cc drives it. Not thread-safe: AFL++ calls its hooks from one thread. After Create()
// nothing here ends or stalls the host: what fails is counted, logged once, and the campaign goes
// on.

#ifndef FLOWMON_PLUGIN_MONITOR_H_
#define FLOWMON_PLUGIN_MONITOR_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/reader.h"
#include "plugin/config.h"
#include "plugin/correlator.h"
#include "plugin/execution.h"
#include "plugin/file_lane.h"
#include "plugin/history.h"
#include "plugin/input_keeper.h"
#include "plugin/record_format.h"
#include "plugin/record_output.h"
#include "plugin/run_witness.h"
#include "plugin/session_lane.h"
#include "plugin/silence_check.h"
#include "plugin/statistics.h"
#include "plugin/statistics_report.h"
#include "plugin/target_environment.h"
#include "plugin/target_lanes.h"

namespace spdlog {
class logger;
}

namespace flowmon {

class Monitor {
 public:
  // Loads the database, opens the output and prepares the target's environment (setenv: call it
  // before the target starts). `afl_out` is the instance's own output directory, empty if there is
  // none. Errors are one sentence, fit for the user, and leave nothing behind in shared memory.
  static absl::StatusOr<std::unique_ptr<Monitor>> Create(const Config& config,
                                                         const ConfigOrigins& origins,
                                                         const std::string& afl_out);
  // Takes in what is left, writes the final statistics and removes the campaign's shared memory.
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // afl_custom_post_process: an execution of `input` is about to start, most likely. On a host
  // without afl_custom_post_run, this is also where the previous one is taken in. On others,
  // `input` must be valid until AfterExecution().
  void BeforeExecution(std::span<const uint8_t> input);
  // afl_custom_post_run: an execution has ended.
  void AfterExecution();
  // One of the two threw: what it was doing is given up, counted and, the first time, logged.
  void OnFailure(const char* what) noexcept;

  const std::string& output_directory() const { return output_directory_; }
  const std::string& log_path() const { return log_path_; }
  const FlowDbFile& flowdb() const { return *flowdb_; }

 private:
  Monitor(const Config& config, std::unique_ptr<FlowDbFile> flowdb, std::string output_directory,
          TargetLanes lanes, std::unique_ptr<RecordOutput> records,
          std::unique_ptr<InputKeeper> inputs, std::shared_ptr<spdlog::logger> logger,
          std::string log_path);

  struct Taken {
    Execution execution;
    std::vector<uint8_t> input;  // empty if it is of no interest
    bool ran;                    // if not, only what came late counts
    uint64_t now_ns;
    int64_t unix_ms;
  };

  void LogStart(const ConfigOrigins& origins);
  void PrepareTarget(const std::vector<std::pair<std::string, std::string>>& variables);
  // Reads shared memory; counts an execution if the target ran.
  void TakeExecution(bool host_says_it_ran);
  bool TargetRan(const Execution& execution);
  void TakeLate();
  void ProcessBatch();
  void Record(const Taken& taken);
  void KeepInput(const Taken& taken, const Correlation& correlation);
  // processing.record, or kNew while a limit of the output is reached.
  RecordMode record_mode() const;
  // Everything that happens at intervals.
  void Tick(uint64_t now_ns);
  void WriteStatistics(uint64_t now_ns, bool is_last = false);
  void LogFailuresOnce();
  void LookForSilence();

  const Config config_;
  const std::unique_ptr<FlowDbFile> flowdb_;
  const std::string output_directory_;
  const std::string log_path_;
  const std::unique_ptr<SessionLane> session_;  // nullptr with shared_memory.mode: files
  const std::unique_ptr<FileLane> files_;       // also of programs that could not map the session
  const std::unique_ptr<RecordOutput> records_;
  const std::unique_ptr<InputKeeper> inputs_;  // nullptr with inputs.keep: false
  const std::shared_ptr<spdlog::logger> logger_;
  Correlator correlator_;
  Statistics statistics_;
  RecordFormatter formatter_;
  RunWitness witness_;
  TargetEnvironment environment_;
  SilenceCheck silence_;
  History history_;

  const uint64_t start_ns_;
  const int64_t start_unix_s_;
  // When the last execution was taken in, to a few milliseconds.
  uint64_t now_ns_ = 0;
  int64_t unix_ms_ = 0;
  uint64_t execution_start_ns_ = 0;  // 0: no execution can be under way
  std::span<const uint8_t> input_;   // of that execution
  std::vector<uint8_t> input_copy_;  // of it, without post_run: the host's own is gone by then
  bool files_are_due_ = false;       // after the execution that is under way
  uint64_t next_look_for_files_ns_ = 0;
  bool host_has_post_run_ = false;
  bool runs_are_marked_ = false;  // by the target, whatever it reports; without post_run only
  uint64_t next_print_ns_, next_update_ns_;
  std::vector<Taken> batch_;  // executions that were taken and not yet looked at
  size_t batch_size_ = 0, batch_weight_ = 0;
  uint64_t num_failures_ = 0;
  bool reported_refused_ = false;
  bool reported_statistics_error_ = false;
  bool reported_low_space_ = false;
  bool reported_input_failure_ = false;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_MONITOR_H_
