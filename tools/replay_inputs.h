// Replays the inputs that a campaign kept: whether each completes its flow again.

#ifndef FLOWMON_TOOLS_REPLAY_INPUTS_H_
#define FLOWMON_TOOLS_REPLAY_INPUTS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "tools/campaign_verdicts.h"
#include "tools/target_run.h"

namespace flowmon {

// Runs each input `times`, each of the same bytes only once so often, and sets
// FlowInput::num_replays and num_completed. An input that is gone, and a target that does
// not fit the database, get a warning. Error: the target cannot be run.
absl::Status ReplayInputs(const TargetCommand& command, uint32_t times, CampaignVerdicts& verdicts);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_REPLAY_INPUTS_H_
