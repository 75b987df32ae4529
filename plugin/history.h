// The course of a campaign: history.jsonl, one line of totals now and then (doc/RECORDS.md).

#ifndef FLOWMON_PLUGIN_HISTORY_H_
#define FLOWMON_PLUGIN_HISTORY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "plugin/statistics.h"

namespace flowmon {

inline constexpr std::string_view kHistoryFileName = "history.jsonl";

// Totals since the start of the campaign.
struct HistoryPoint {
  int64_t unix_ms = 0;
  uint64_t run_ms = 0;
  uint64_t executions = 0;
  uint64_t events = 0, events_dropped = 0;
  uint64_t completions = 0, flows_completed = 0;
  uint64_t steps_reached = 0;  // distinct intermediates
  uint64_t value_pairs = 0;    // distinct ones of each flow, all flows together
};

HistoryPoint MakeHistoryPoint(const Statistics& statistics, const FlowDb& db, int64_t unix_ms,
                              uint64_t run_ms);

// Appends to the file of whatever campaigns the directory had before. Not thread-safe.
class History {
 public:
  explicit History(const std::string& directory);

  // Lines lie a thousandth of the run time apart, so that weeks stay a small file.
  bool IsDue(uint64_t run_ms) const { return !begun_ || run_ms - last_ms_ >= last_ms_ / 1000; }
  // Also where none is due. What cannot be written as a whole is not there at all.
  absl::Status Append(const HistoryPoint& point);

 private:
  const std::string path_;
  bool begun_ = false;
  uint64_t last_ms_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_HISTORY_H_
