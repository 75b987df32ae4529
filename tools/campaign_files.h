// Finds and reads what flowmon wrote during campaigns: doc/RECORDS.md. For the subcommands that
// look at campaigns, running or finished.

#ifndef FLOWMON_TOOLS_CAMPAIGN_FILES_H_
#define FLOWMON_TOOLS_CAMPAIGN_FILES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/history.h"

namespace flowmon {

// The directories with flowmon's output that `path` means, sorted: itself, <path>/flowmon (an AFL++
// instance) or <path>/*/flowmon (an AFL++ output directory). The error says what was looked for.
absl::StatusOr<std::vector<std::string>> FindCampaignDirectories(const std::string& path);

// "key : value" lines, as AFL++ and flowmon write them; empty if the file cannot be read.
std::map<std::string, std::string> ReadStatsFile(const std::string& path);

// One line of flow_stats.jsonl: doc/RECORDS.md has the meaning of each member.
struct FlowStatsLine {
  uint32_t flow_id = 0;
  std::string state;
  uint32_t steps_reached = 0;
  uint64_t source_executions = 0, sink_executions = 0;
  uint32_t best_steps = 0, prefix = 0, ordered_prefix = 0;
  uint32_t blocked_step = 0, most_stopped_step = 0;
  uint64_t reached_before = 0, most_stopped = 0;
  std::optional<bool> wrong_order;
  // Of a flow that was completed; else all zero.
  uint64_t completions = 0, executions = 0;
  uint64_t first_execution = 0, first_ms = 0;
  uint64_t source_values = 0, sink_values = 0, value_pairs = 0;
  bool source_values_exact = true, sink_values_exact = true, value_pairs_exact = true;
  std::string only_sink_value;
  // Merged from instances of which each saw one sink value, and not the same.
  bool is_constant_in_each = false;
  uint64_t repeats = 0, contradictions = 0, identical = 0, not_identical = 0;
  uint64_t min_ns = 0, max_ns = 0;
  double avg_ns = 0;
  // By step, the source first and the sink last; by intermediate. Empty if a campaign of an older
  // flowmon wrote it.
  std::vector<uint64_t> reached, step_executions;
  std::vector<std::pair<uint32_t, uint64_t>> times;  // bit width of the ns, executions
};

// The statistics of one instance.
struct CampaignStats {
  std::string directory;
  std::map<std::string, std::string> totals;  // flowmon_stats
  // The files that hold the records, and what they take on the disk.
  uint64_t record_files = 0, record_bytes = 0;
  std::map<uint32_t, FlowStatsLine> flows;  // by flow id; flows that nothing was seen of are absent

  // 0 if the key is missing or no number.
  uint64_t Number(const std::string& key) const;
  std::string Text(const std::string& key) const;
};

absl::StatusOr<CampaignStats> ReadCampaignStats(const std::string& directory);

// Of all campaigns that the directory has had, in the order of time; one begins where run_ms gets
// smaller. Lines that are none (of a writer that was killed) are left out.
std::vector<HistoryPoint> ReadHistory(const std::string& directory);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_CAMPAIGN_FILES_H_
