#include "tools/replay_inputs.h"

#include <filesystem>
#include <map>
#include <string>
#include <system_error>

#include "flowdb/str_cat.h"
#include "plugin/correlator.h"
#include "tools/tool_config.h"

namespace flowmon {
absl::Status ReplayInputs(const TargetCommand& command, uint32_t times,
                          CampaignVerdicts& verdicts) {
  const absl::StatusOr<Config> config = LoadToolConfig("", {});
  if (!config.ok()) return config.status();
  const FlowDb& db = verdicts.file.db;
  absl::StatusOr<TargetRunner> runner =
      TargetRunner::Create(db, MemoryForReplay(config->shared_memory), command);
  if (!runner.ok()) return runner.status();
  Correlator correlator(db, 0);
  // By the input's hash: how often each flow (by index) was completed.
  std::map<std::string, std::map<uint32_t, uint32_t>> completed;
  for (FlowVerdict& flow : verdicts.flows) {
    for (FlowInput& input : flow.inputs) {
      if (std::error_code none; !std::filesystem::exists(input.path, none)) {
        verdicts.warnings.push_back(StrCat(input.path, " is gone, and not replayed"));
        continue;
      }
      const auto [known, is_new] = completed.try_emplace(input.hash);
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
  if (runner->CompareDatabase(verdicts.file.content_hash) != DatabaseFit::kNoDifference)
    verdicts.warnings.push_back(StrCat(command.argv.front(),
                                       " was compiled with another database: what the replays say "
                                       "of a flow may be of another one"));
  return absl::OkStatus();
}

}  // namespace flowmon
