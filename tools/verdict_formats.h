// Verdicts as people and programs read them: a table, JSON, CSV, JUnit. doc/VERDICTS.md documents
// the latter three.

#ifndef FLOWMON_TOOLS_VERDICT_FORMATS_H_
#define FLOWMON_TOOLS_VERDICT_FORMATS_H_

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "tools/campaign_verdicts.h"

namespace flowmon {

// The strongest verdicts first. Lines are cut at `max_width`, 0 = never.
std::string FormatVerdictTable(const CampaignVerdicts& verdicts, size_t max_width);

nlohmann::ordered_json VerdictJson(const CampaignVerdicts& verdicts, const FlowVerdict& flow);
std::string FormatVerdictJson(const CampaignVerdicts& verdicts);

// RFC 4180, with a line of titles.
std::string FormatVerdictCsv(const CampaignVerdicts& verdicts);

// One test case per flow, which fails if its verdict is one of `fail_on`.
std::string FormatVerdictJunit(const CampaignVerdicts& verdicts, const std::set<Verdict>& fail_on);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_VERDICT_FORMATS_H_
