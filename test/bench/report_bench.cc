// The target's side: one report, one hit.

#include <benchmark/benchmark.h>

#include <vector>

#include "plugin/session_lane.h"
#include "runtime/flowmon.h"
#include "test/bench/sample.h"

namespace flowmon::bench {
namespace {

// So many calls make a run: few enough to stay in what a small run touches.
constexpr uint32_t kCallsPerRun = 64;

template <typename Call>
void MeasureCalls(benchmark::State& state, uint32_t max_events, Call call) {
  const auto lane = *SessionLane::Create(max_events, 4096);
  AttachTarget(lane->setting());
  Execution execution;
  StopWatch watch;
  for (auto _ : state) {
    lane->BeginRun();
    watch.Start();
    for (uint32_t i = 0; i < kCallsPerRun; ++i) call(i);
    watch.Stop(state);
    execution.Clear();
    lane->Collect(execution);
  }
  state.counters["each"] = benchmark::Counter(
      kCallsPerRun, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void Report(benchmark::State& state) {
  const std::vector<char> data(static_cast<size_t>(state.range(0)), 'x');
  MeasureCalls(state, 1024, [&](uint32_t i) { FLOW_SOURCE(data.data(), data.size(), i); });
}
BENCHMARK(Report)->UseManualTime()->ArgName("bytes")->Arg(8)->Arg(64)->Arg(1024)->Arg(65536);

void ReportBeyondCapacity(benchmark::State& state) {
  const std::vector<char> data(static_cast<size_t>(state.range(0)), 'x');
  MeasureCalls(state, 1, [&](uint32_t i) { FLOW_SOURCE(data.data(), data.size(), i); });
}
BENCHMARK(ReportBeyondCapacity)->UseManualTime()->ArgName("bytes")->Arg(8)->Arg(65536);

void FirstHit(benchmark::State& state) {
  MeasureCalls(state, 1024, [](uint32_t i) { FLOW_HIT(i); });
}
BENCHMARK(FirstHit)->UseManualTime();

void RepeatedHit(benchmark::State& state) {
  MeasureCalls(state, 1024, [](uint32_t) { FLOW_HIT(7); });
}
BENCHMARK(RepeatedHit)->UseManualTime();

}  // namespace
}  // namespace flowmon::bench
