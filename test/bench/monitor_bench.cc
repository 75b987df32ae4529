// One whole execution, target and plugin together: what a campaign pays for each, but for the
// switching between processes. Every execution is recorded.

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/container/node_hash_map.h"
#include "flowdb/writer.h"
#include "plugin/config.h"
#include "plugin/monitor.h"
#include "runtime/flow_shm.h"
#include "test/bench/sample.h"
#include "test/support/files.h"

namespace flowmon::bench {
namespace {

constexpr uint8_t kInput[200] = {};

// One for each size of the database, as long as the program runs: to start a campaign takes longer
// than to measure it.
struct Campaign {
  explicit Campaign(uint32_t num_flows) {
    Config config;
    config.flow_database.path = directory / "sample.flowdb";
    config.output.directory = directory / "out";
    config.shared_memory.directory = directory.path();  // a process has one campaign in each
    // What happens at intervals is no execution's cost.
    config.statistics.update_interval = config.statistics.print_interval = 3600;
    if (!WriteFlowDb(SampleDb(num_flows), config.flow_database.path).ok()) abort();
    monitor = *Monitor::Create(config, {}, "");
    setting = getenv(FLOW_SESSION_ENV);
    // The first execution writes the first statistics.
    monitor->BeforeExecution(kInput);
    monitor->AfterExecution();
  }
  void DropRecords() const {
    if (truncate((directory / "out/executions.jsonl").c_str(), 0) != 0) abort();
  }

  const test::TempDir directory;
  std::unique_ptr<Monitor> monitor;
  std::string setting;
};

const Campaign& CampaignOf(uint32_t num_flows) {
  static absl::node_hash_map<uint32_t, Campaign> campaigns;
  return campaigns.try_emplace(num_flows, num_flows).first->second;
}

// `changing`: the data, and with it every hash, is another one each time.
void WholeExecution(benchmark::State& state) {
  const Campaign& campaign = CampaignOf(static_cast<uint32_t>(state.range(0)));
  AttachTarget(campaign.setting);
  const bool is_changing = state.range(1) != 0;
  // A record has about 600 bytes.
  constexpr uint64_t kExecutionsPerFile = kMaxRecordBytes / 600;
  uint64_t number = 0;
  for (auto _ : state) {
    campaign.monitor->BeforeExecution(kInput);
    RunTarget(is_changing ? number : 0);
    campaign.monitor->AfterExecution();
    if (++number % kExecutionsPerFile == 0) {
      state.PauseTiming();
      campaign.DropRecords();
      state.ResumeTiming();
    }
  }
  campaign.DropRecords();
}
BENCHMARK(WholeExecution)
    ->ArgNames({"flows", "changing"})
    ->ArgsProduct({{100, 1'000, 10'000, 100'000}, {0, 1}});

}  // namespace
}  // namespace flowmon::bench
