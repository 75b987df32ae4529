#include "tools/replay_inputs.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "flowdb/str_cat.h"
#include "plugin/correlator.h"
#include "tools/tool_config.h"

namespace flowmon {
namespace {

// More than a campaign's: what it completed must not be lost for want of room.
constexpr uint32_t kMaxEvents = 1u << 20;

}  // namespace

absl::Status ReplayInputs(const TargetCommand& command, uint32_t times,
                          CampaignVerdicts& verdicts) {
  const absl::StatusOr<Config> config = LoadToolConfig("", {});
  if (!config.ok()) return config.status();
  Config::SharedMemory memory = config->shared_memory;
  memory.map_size = 0;
  memory.max_events = std::max(memory.max_events, kMaxEvents);
  memory.max_events_per_id = 0;
  const FlowDb& db = verdicts.file.db;
  absl::StatusOr<TargetRunner> runner = TargetRunner::Create(db, memory, command);
  if (!runner.ok()) return runner.status();
  Correlator correlator(db, 0);
  // By the input's bytes: how often each flow (by index) was completed.
  std::map<std::string, std::map<uint32_t, uint32_t>> completed;
  for (FlowVerdict& flow : verdicts.flows) {
    for (FlowInput& input : flow.inputs) {
      std::ifstream file(input.path, std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      const auto [known, is_new] = completed.try_emplace(std::move(bytes));
      for (uint32_t i = 0; is_new && i < times; ++i) {
        const absl::StatusOr<TargetRun> run = runner->Run(input.path);
        if (!run.ok()) return run.status();
        for (const CompletedFlow& done : correlator.Correlate(run->execution).flows)
          ++known->second[done.flow];
      }
      input.num_replays = times;
      input.num_completed = known->second[flow.flow];
    }
  }
  if (!completed.empty() && !runner->is_attached())
    verdicts.warnings.push_back(
        StrCat(command.argv.front(),
               " has not reported anything in the replays: `flowmon doctor` says why"));
  return absl::OkStatus();
}

}  // namespace flowmon
