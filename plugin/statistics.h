// What a campaign has shown so far: totals, and for each flow how often, when and with which
// values.
//
// Exact whatever is recorded, except where a bound is named. Fed once per execution; formatted by
// statistics_report.h. Not thread-safe. Times are CLOCK_MONOTONIC ns unless they say otherwise.

#ifndef FLOWMON_PLUGIN_STATISTICS_H_
#define FLOWMON_PLUGIN_STATISTICS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/numeric/int128.h"
#include "flowdb/flowdb.h"
#include "plugin/correlator.h"
#include "plugin/evidence.h"
#include "plugin/execution.h"
#include "plugin/progress.h"

namespace flowmon {

struct FlowStatistics {
  uint64_t completions = 0;
  uint64_t executions = 0;       // with at least one completion
  uint64_t first_execution = 0;  // number of the first one, from 1
  uint64_t first_ns = 0;         // since the start of the campaign
  uint64_t min_ns = UINT64_MAX;  // from source event to sink event, over all completions
  uint64_t max_ns = 0;
  absl::uint128 sum_ns = 0;
  // Executions by the bit width of their shortest time in ns.
  std::array<uint64_t, 65> executions_by_time = {};
  FlowEvidence evidence;

  double average_ns() const {
    return completions == 0 ? 0 : static_cast<double>(sum_ns) / static_cast<double>(completions);
  }
};

// How far a flow has got, over all executions together.
enum class FlowState { kComplete, kPartlyReached, kSourceOnly, kSinkOnly, kNotReached };
const char* FlowStateName(FlowState state);  // "complete", "partly reached", ...

// What an execution has shown for the first time, the most of it: values of a completed flow (a
// pair, as far as pairs are remembered), or a flow completed or an intermediate hit.
enum class Novelty { kNothing, kValues, kProgress };

class Statistics {
 public:
  struct Totals {
    uint64_t executions = 0;
    uint64_t events_produced = 0;  // == recorded + dropped
    uint64_t events_sources = 0;   // sources + sinks == recorded + capped
    uint64_t events_sinks = 0;
    uint64_t events_capped = 0;
    uint64_t events_overflowed = 0;
    uint64_t events_torn = 0;
    uint64_t events_late = 0;
    uint64_t events_unknown_id = 0;  // recorded, but no location of the database
    uint64_t hits_uncounted = 0;
    uint64_t hits_late = 0;
    uint64_t completions = 0;
    uint64_t flows_completed = 0;
    uint64_t intermediates_hit = 0;  // distinct ids of the database

    uint64_t events_recorded() const { return events_sources + events_sinks - events_capped; }
    uint64_t events_dropped() const {
      return events_capped + events_overflowed + events_torn + events_late;
    }
  };

  // The limits are those of EvidenceCollector. The FlowDb must outlive it; its intermediate ids are
  // below FLOW_LIMIT_MAP_SIZE.
  Statistics(const FlowDb& db, uint32_t max_distinct_values, uint32_t max_events_per_id);

  // Counts losses that belong to no execution: those of late processes.
  void AddLate(const Execution& execution);
  // Counts one execution, AddLate() included.
  Novelty Add(const Execution& execution, const Correlation& correlation, uint64_t since_start_ns);

  // Brings progress() up to date: once per interval.
  void Settle() { progress_.Settle(); }

  const Totals& totals() const { return totals_; }
  // nullptr if the flow was never completed.
  const FlowStatistics* flow(size_t index) const { return flows_[index].get(); }
  // In how many executions it fired; 0 for an id that is no location of the database.
  uint64_t source_executions(uint32_t id) const {
    return Executions(LocationKind::kSource, id, source_executions_);
  }
  uint64_t sink_executions(uint32_t id) const {
    return Executions(LocationKind::kSink, id, sink_executions_);
  }
  bool intermediate_hit(uint32_t id) const { return id < hit_.size() && hit_[id]; }
  uint32_t steps_reached(const Flow& flow) const;  // intermediates ever hit
  FlowState state(size_t flow_index) const;
  // As of the last Settle().
  FlowProgress progress(size_t flow_index) const {
    return progress_.flow(static_cast<uint32_t>(flow_index));
  }
  std::vector<uint64_t> ReachedSteps(size_t flow_index) const {
    return progress_.ReachedSteps(static_cast<uint32_t>(flow_index));
  }
  uint64_t hit_executions(uint32_t id) const { return progress_.hit_executions(id); }
  uint64_t num_unexamined() const { return progress_.num_unexamined(); }
  // Whether source and sink ever ran in the same execution, and if so, never the source first.
  bool ran_together(size_t flow_index) const { return orders_[flow_index] != 0; }
  bool only_wrong_order(size_t flow_index) const { return orders_[flow_index] == kSinkFirst; }

 private:
  // Bits, by flow: of executions in which source and sink ran.
  static constexpr uint8_t kSourceFirst = 1;
  static constexpr uint8_t kSinkFirst = 2;
  uint64_t Executions(LocationKind kind, uint32_t id, const std::vector<uint64_t>& counts) const;
  // True if one was hit for the first time.
  bool AddHits(const Execution& execution);
  Novelty AddCompletedFlow(const Execution& execution, const CompletedFlow& completed,
                           uint64_t since_start_ns);

  const FlowDb& db_;
  Totals totals_;
  Progress progress_;
  EvidenceCollector evidence_;
  std::vector<uint8_t> orders_;                                // by flow
  std::vector<uint64_t> source_executions_, sink_executions_;  // by index of the location
  std::vector<bool> is_intermediate_;                          // by id
  std::vector<bool> hit_;                                      // by id
  std::vector<std::unique_ptr<FlowStatistics>> flows_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_STATISTICS_H_
