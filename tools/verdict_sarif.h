// Verdicts as SARIF: back into the log that the database was imported from, or as a log of their
// own. doc/VERDICTS.md, "SARIF".

#ifndef FLOWMON_TOOLS_VERDICT_SARIF_H_
#define FLOWMON_TOOLS_VERDICT_SARIF_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tools/campaign_verdicts.h"

namespace flowmon {

struct SarifVerdictCounts {
  uint64_t results = 0;
  uint64_t with_verdict = 0;  // the others have no flow in the database
  std::string warning;        // one sentence, or empty
};

// Writes `in` as `out`, with a property bag per result that has flows in the database. Errors:
// those of AnnotateSarif(); a log that the database was not imported from.
absl::StatusOr<SarifVerdictCounts> WriteVerdictSarif(const CampaignVerdicts& verdicts,
                                                     const std::string& in, const std::string& out);

// A result per flow, with its path as a code flow, in a new log of flowmon's own.
absl::Status WriteNewSarif(const CampaignVerdicts& verdicts, const std::string& out);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_VERDICT_SARIF_H_
