// The statistics as text: the files that tools read, and the summary in the log. doc/RECORDS.md
// says what each key means.

#ifndef FLOWMON_PLUGIN_STATISTICS_REPORT_H_
#define FLOWMON_PLUGIN_STATISTICS_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "flowdb/flowdb.h"
#include "plugin/statistics.h"

namespace flowmon {

inline constexpr std::string_view kStatsFileName = "flowmon_stats";
inline constexpr std::string_view kFlowStatsFileName = "flow_stats.jsonl";

// What the statistics themselves do not know.
struct CampaignFacts {
  std::string flowdb_path;
  uint64_t flowdb_hash = 0;
  std::string record_mode;   // in force
  std::string record_limit;  // why it is not the configured one, or "none"
  int64_t start_unix_s = 0;
  int64_t now_unix_s = 0;
  uint64_t lines_written = 0;
  uint64_t lines_lost = 0;
  uint64_t lines_over_limit = 0;
  uint64_t executions_failed = 0;
  uint64_t files_refused = 0;
  uint64_t compressions_failed = 0;
  uint64_t inputs_kept = 0;
  uint64_t inputs_over_limit = 0;
  uint64_t inputs_failed = 0;
  bool flowdb_mismatch = false;
  std::string silence = "none";  // SilenceName()
};

// "key : value" lines, like AFL++'s fuzzer_stats.
std::string FormatStats(const Statistics& statistics, const FlowDb& db, const CampaignFacts& facts);

// One JSON object a line for each flow of which anything was ever seen.
std::string FormatFlowStats(const Statistics& statistics, const FlowDb& db);

// The periodic summary for the log: several lines, the last without newline.
std::string FormatSummary(const Statistics& statistics, const FlowDb& db);

// Replaces a file as a whole: a reader sees the old or the new content.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_STATISTICS_REPORT_H_
