#include "plugin/statistics.h"

#include <algorithm>
#include <bit>

namespace flowmon {

const char* FlowStateName(FlowState state) {
  switch (state) {
    case FlowState::kComplete:
      return "complete";
    case FlowState::kPartlyReached:
      return "partly reached";
    case FlowState::kSourceOnly:
      return "source only";
    case FlowState::kSinkOnly:
      return "sink only";
    case FlowState::kNotReached:
      return "not reached";
  }
  return "";
}

Statistics::Statistics(const FlowDb& db, uint32_t max_distinct_values, uint32_t max_events_per_id)
    : db_(db),
      progress_(db),
      evidence_(max_distinct_values, max_events_per_id),
      orders_(db.num_flows()),
      source_executions_(db.locations(LocationKind::kSource).size()),
      sink_executions_(db.locations(LocationKind::kSink).size()),
      is_intermediate_(db.coverage_map_size()),
      hit_(db.coverage_map_size()),
      flows_(db.num_flows()) {
  for (const Location& location : db.locations(LocationKind::kIntermediate))
    is_intermediate_[location.id] = true;
}

void Statistics::AddLate(const Execution& execution) {
  totals_.events_produced += execution.events_late;
  totals_.events_late += execution.events_late;
  totals_.hits_late += execution.hits_late;
}

Novelty Statistics::Add(const Execution& execution, const Correlation& correlation,
                        uint64_t since_start_ns) {
  AddLate(execution);
  ++totals_.executions;
  totals_.events_produced += execution.events_produced - execution.events_late;
  totals_.events_sources += execution.num_sources;
  totals_.events_sinks += execution.num_sinks;
  totals_.events_capped += execution.events_capped();
  totals_.events_overflowed += execution.events_overflowed;
  totals_.events_torn += execution.events_torn;
  totals_.hits_uncounted += execution.hits_uncounted;

  totals_.events_unknown_id += correlation.num_unknown_events;
  for (const uint32_t source : correlation.sources) ++source_executions_[source];
  for (const uint32_t sink : correlation.sinks) ++sink_executions_[sink];
  for (const FlowOrder& order : correlation.orders)
    orders_[order.flow] |= order.source_first ? kSourceFirst : kSinkFirst;
  progress_.Add(execution, correlation);
  const bool has_new_hit = !correlation.is_repeat && AddHits(execution);
  Novelty novelty = has_new_hit ? Novelty::kProgress : Novelty::kNothing;
  for (const CompletedFlow& completed : correlation.flows)
    novelty = std::max(novelty, AddCompletedFlow(execution, completed, since_start_ns));
  return novelty;
}

bool Statistics::AddHits(const Execution& execution) {
  bool is_new = false;
  for (const Hit& hit : execution.hits) {
    if (hit.id >= hit_.size() || hit_[hit.id] || !is_intermediate_[hit.id]) continue;
    hit_[hit.id] = true;
    ++totals_.intermediates_hit;
    is_new = true;
  }
  return is_new;
}

Novelty Statistics::AddCompletedFlow(const Execution& execution, const CompletedFlow& completed,
                                     uint64_t since_start_ns) {
  std::unique_ptr<FlowStatistics>& entry = flows_[completed.flow];
  const bool is_first = entry == nullptr;
  if (is_first) {
    entry = std::make_unique<FlowStatistics>();
    entry->first_execution = totals_.executions;
    entry->first_ns = since_start_ns;
    ++totals_.flows_completed;
  }
  FlowStatistics& flow = *entry;
  flow.completions += completed.count;
  ++flow.executions;
  flow.min_ns = std::min(flow.min_ns, completed.min_ns);
  flow.max_ns = std::max(flow.max_ns, completed.max_ns);
  flow.sum_ns += completed.sum_ns;
  ++flow.executions_by_time[static_cast<size_t>(std::bit_width(completed.min_ns))];
  totals_.completions += completed.count;

  const bool has_new_pair = evidence_.Add(execution, completed, flow.evidence);
  if (is_first) return Novelty::kProgress;
  return has_new_pair ? Novelty::kValues : Novelty::kNothing;
}

uint64_t Statistics::Executions(LocationKind kind, uint32_t id,
                                const std::vector<uint64_t>& counts) const {
  const Location* location = db_.FindLocation(kind, id);
  return location ? counts[static_cast<size_t>(location - db_.locations(kind).data())] : 0;
}

uint32_t Statistics::steps_reached(const Flow& flow) const {
  return static_cast<uint32_t>(std::count_if(flow.intermediates.begin(), flow.intermediates.end(),
                                             [&](uint32_t id) { return intermediate_hit(id); }));
}

FlowState Statistics::state(size_t flow_index) const {
  if (flows_[flow_index]) return FlowState::kComplete;
  const Flow flow = db_.flow(flow_index);
  const bool source = source_executions(flow.source_id) > 0;
  const bool sink = sink_executions(flow.sink_id) > 0;
  if (source && (sink || steps_reached(flow) > 0)) return FlowState::kPartlyReached;
  if (source) return FlowState::kSourceOnly;
  if (sink) return FlowState::kSinkOnly;
  return FlowState::kNotReached;
}

}  // namespace flowmon
