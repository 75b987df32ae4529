#include "tools/replay_inputs.h"

#include <map>
#include <string>
#include <utility>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "flowdb/read_file.h"
#include "flowdb/str_cat.h"
#include "plugin/correlator.h"
#include "tools/tool_config.h"

namespace flowmon {
namespace {

constexpr uint64_t kMaxInputBytes = 1 << 30;

}  // namespace

absl::Status ReplayInputs(const TargetCommand& command, uint32_t times,
                          CampaignVerdicts& verdicts) {
  const absl::StatusOr<Config> config = LoadToolConfig("", {});
  if (!config.ok()) return config.status();
  const FlowDb& db = verdicts.file.db;
  absl::StatusOr<TargetRunner> runner =
      TargetRunner::Create(db, MemoryForReplay(config->shared_memory), command);
  if (!runner.ok()) return runner.status();
  Correlator correlator(db, 0);
  // By the input's size and hash: how often each flow (by index) was completed.
  std::map<std::pair<uint64_t, uint64_t>, std::map<uint32_t, uint32_t>> completed;
  for (FlowVerdict& flow : verdicts.flows) {
    for (FlowInput& input : flow.inputs) {
      const absl::StatusOr<std::string> bytes = ReadRegularFile(input.path, kMaxInputBytes);
      if (!bytes.ok()) {
        verdicts.warnings.push_back(StrCat(bytes.status().message(), "; it is not replayed"));
        continue;
      }
      const auto [known, is_new] =
          completed.try_emplace(std::pair(bytes->size(), XXH64(bytes->data(), bytes->size(), 0)));
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
