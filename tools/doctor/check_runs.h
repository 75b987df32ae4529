// Runs the target on seeds and looks at what it reports.

#ifndef FLOWMON_TOOLS_DOCTOR_CHECK_RUNS_H_
#define FLOWMON_TOOLS_DOCTOR_CHECK_RUNS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flowdb/flowdb.h"
#include "plugin/execution.h"
#include "tools/doctor/check.h"
#include "tools/target_run.h"

namespace flowmon::doctor {

struct SeedRun {
  std::string input;
  std::string end;  // DescribeEnd()
  bool crashed = false, timed_out = false;
  uint64_t num_events = 0;
  uint64_t num_intermediates = 0;   // distinct
  std::vector<uint32_t> completed;  // flow ids
  std::vector<Event> first_events;  // of this run, up to what was asked for
};

struct Expectations {
  bool is_instrumented = false;  // the program's file says so
  bool is_script = false;
  bool has_seeds = false;  // else one empty input stands for them
};

// All inputs, one after the other; `on_run` is told of each. At most `max_events` first events in
// all runs together are kept.
std::vector<SeedRun> RunSeeds(TargetRunner& runner, const FlowDb& db,
                              const std::vector<std::string>& inputs, size_t max_events,
                              const std::function<void(const SeedRun&)>& on_run, Checks& checks);

// What the runs together say.
void CheckRuns(const TargetRunner& runner, uint64_t flowdb_hash, const std::vector<SeedRun>& runs,
               const Expectations& expectations, Checks& checks);

}  // namespace flowmon::doctor

#endif  // FLOWMON_TOOLS_DOCTOR_CHECK_RUNS_H_
