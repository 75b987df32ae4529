// The same executions, asked of databases of 100 to 100,000 flows with ten intermediates each: the
// cost must follow what ran.

#include <benchmark/benchmark.h>

#include "plugin/correlator.h"
#include "plugin/statistics.h"
#include "test/bench/sample.h"

namespace flowmon::bench {
namespace {

constexpr uint32_t kMaxListed = 4;

void Correlate(benchmark::State& state, const std::vector<Execution>& executions) {
  const FlowDb& db = SampleDb(static_cast<uint32_t>(state.range(0)));
  Correlator correlator(db, kMaxListed);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(correlator.Correlate(executions[next]).flows.size());
    next = next + 1 == executions.size() ? 0 : next + 1;
  }
}
void CorrelateRepeated(benchmark::State& state) {
  Correlate(state, {SampleExecution(kFlowsOfExecution, 1)});
}
void CorrelateChanging(benchmark::State& state) { Correlate(state, ChangingExecutions()); }
BENCHMARK(CorrelateRepeated)->ArgName("flows")->RangeMultiplier(10)->Range(100, 100'000);
BENCHMARK(CorrelateChanging)->ArgName("flows")->RangeMultiplier(10)->Range(100, 100'000);

// What is new in 1024 executions has been seen after the first round.
void Add(benchmark::State& state, const std::vector<Execution>& executions) {
  const FlowDb& db = SampleDb(static_cast<uint32_t>(state.range(0)));
  Correlator correlator(db, kMaxListed);
  Statistics statistics(db, 65536, 0);
  size_t next = 0;
  StopWatch watch;
  for (auto _ : state) {
    const Correlation& correlation = correlator.Correlate(executions[next]);
    watch.Start();
    benchmark::DoNotOptimize(statistics.Add(executions[next], correlation, next));
    watch.Stop(state);
    next = next + 1 == executions.size() ? 0 : next + 1;
  }
}
void AddRepeated(benchmark::State& state) { Add(state, {SampleExecution(kFlowsOfExecution, 1)}); }
void AddChanging(benchmark::State& state) { Add(state, ChangingExecutions()); }
BENCHMARK(AddRepeated)->UseManualTime()->ArgName("flows")->Arg(100)->Arg(100'000);
BENCHMARK(AddChanging)->UseManualTime()->ArgName("flows")->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace flowmon::bench
