// The verdicts on all flows of a database, from what any number of instances saw.

#ifndef FLOWMON_TOOLS_CAMPAIGN_VERDICTS_H_
#define FLOWMON_TOOLS_CAMPAIGN_VERDICTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/reader.h"
#include "tools/campaign_files.h"
#include "tools/kept_inputs.h"
#include "tools/verdict.h"

namespace flowmon {

struct FlowVerdict {
  uint32_t flow;  // index in the database
  Verdict verdict;
  std::string why;                // one phrase
  FlowStatsLine stats;            // of all instances together
  std::vector<FlowInput> inputs;  // the best of all instances
};

struct CampaignVerdicts {
  FlowDbFile file;
  std::string flowdb_path;
  std::vector<std::string> directories;  // of the instances
  std::vector<std::string> target;       // command line, of the first instance; may be empty
  uint32_t timeout_ms = 0;               // of the target; 0 if unknown
  uint64_t executions = 0;               // of all instances
  uint64_t seconds = 0;                  // of the longest
  std::vector<FlowVerdict> flows;        // as in the database
  std::vector<std::string> warnings;     // one sentence each

  uint64_t Count(Verdict verdict) const;
};

// `paths`: as FindCampaignDirectories(). `flowdb`: empty = the one that the campaign used.
// `programs`: those that flow-cc built; empty = the target of each instance.
absl::StatusOr<CampaignVerdicts> JudgeCampaigns(const std::vector<std::string>& paths,
                                                const std::string& flowdb,
                                                std::vector<std::string> programs);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_CAMPAIGN_VERDICTS_H_
