// What the benchmarks of one execution share: a database of any size, the executions that it is
// asked about, and a target that reports into a session region from inside the benchmark's own
// process.

#ifndef FLOWMON_TEST_BENCH_SAMPLE_H_
#define FLOWMON_TEST_BENCH_SAMPLE_H_

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "flowdb/flowdb.h"
#include "plugin/execution.h"

namespace flowmon::bench {

inline constexpr uint32_t kIntermediatesPerFlow = 10;

// Flow i leads from source i over the intermediates 10 i - 9 .. 10 i to sink i, for i from 1. Made
// once for each size.
const FlowDb& SampleDb(uint32_t num_flows);

// The execution that the parts are measured with: four sources, four sinks, ten hits; flow 1 of
// SampleDb() is completed once, the others lack their hits.
inline constexpr uint32_t kFlowsOfExecution = 4;

// Of that shape, but for the number of completed flows: each fires once.
Execution SampleExecution(uint32_t num_flows, uint32_t num_completed);

// 1024 executions that differ in which of the flows 1 .. 100 they fire and complete, and in all
// hashes and times.
std::vector<Execution> ChangingExecutions();

// This process becomes the target of the session lane with this setting.
void AttachTarget(const std::string& setting);

// One execution of the target: the same events and hits as SampleExecution(), with eight bytes of
// data that `input` determines.
void RunTarget(uint64_t input, uint32_t num_flows = kFlowsOfExecution, uint32_t num_completed = 1);

// Measures a part that cannot be repeated by itself, less what measuring costs: for benchmarks with
// UseManualTime().
class StopWatch {
 public:
  StopWatch();
  void Start() { start_ = Clock::now(); }
  void Stop(benchmark::State& state) const {
    const std::chrono::duration<double> passed = Clock::now() - start_;
    state.SetIterationTime(std::max(passed.count() - own_cost_, 0.0));
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
  double own_cost_ = 0;  // seconds
};

// How long a file of records may grow before it is cut to nothing, outside of what is measured.
inline constexpr size_t kMaxRecordBytes = 64 << 20;

}  // namespace flowmon::bench

#endif  // FLOWMON_TEST_BENCH_SAMPLE_H_
