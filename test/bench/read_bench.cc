// The observer's side of the session region: from the start of a run to an execution in order.

#include <benchmark/benchmark.h>

#include "plugin/session_lane.h"
#include "test/bench/sample.h"

namespace flowmon::bench {
namespace {

void BeginRun(benchmark::State& state) {
  const auto lane = *SessionLane::Create(1024, 4096);
  Execution execution;
  StopWatch watch;
  for (auto _ : state) {
    watch.Start();
    lane->BeginRun();
    watch.Stop(state);
    lane->Collect(execution);
    execution.Clear();
  }
}
BENCHMARK(BeginRun)->UseManualTime();

// Half of the events are sources; the first flow's ten intermediates are hit.
void Collect(benchmark::State& state) {
  const auto lane = *SessionLane::Create(1024, 4096);
  AttachTarget(lane->setting());
  Execution execution;
  StopWatch watch;
  uint64_t input = 0;
  for (auto _ : state) {
    lane->BeginRun();
    RunTarget(++input, static_cast<uint32_t>(state.range(0)) / 2);
    watch.Start();
    execution.Clear();
    lane->Collect(execution);
    watch.Stop(state);
  }
}
BENCHMARK(Collect)->UseManualTime()->ArgName("events")->Arg(2)->Arg(8)->Arg(16)->Arg(256);

// In order already, as one process without threads leaves it; the hits are not.
void Normalize(benchmark::State& state) {
  const Execution sample = SampleExecution(static_cast<uint32_t>(state.range(0)) / 2, 1);
  Execution execution;
  StopWatch watch;
  for (auto _ : state) {
    execution = sample;
    std::swap(execution.hits.front(), execution.hits.back());
    watch.Start();
    execution.Normalize();
    watch.Stop(state);
  }
}
BENCHMARK(Normalize)->UseManualTime()->ArgName("events")->Arg(2)->Arg(8)->Arg(16)->Arg(256);

}  // namespace
}  // namespace flowmon::bench
