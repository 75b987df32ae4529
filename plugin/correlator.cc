#include "plugin/correlator.h"

#include <algorithm>
#include <utility>

namespace flowmon {

Correlator::EventGroups::EventGroups(std::span<const Location> locations)
    : group_of_slot_(locations.size(), 0) {
  slot_of_id_.reserve(locations.size());
  for (const Location& location : locations)
    slot_of_id_.emplace(location.id, static_cast<uint32_t>(slot_of_id_.size()));
}

const Correlator::Group* Correlator::EventGroups::Find(uint32_t id) const {
  const auto it = slot_of_id_.find(id);
  if (it == slot_of_id_.end()) return nullptr;
  const uint32_t group = group_of_slot_[it->second];
  return group < fired_.size() && fired_[group].id == id ? &fired_[group] : nullptr;
}

void Correlator::EventGroups::Build(const Execution& execution, bool sinks) {
  constexpr uint32_t kNone = UINT32_MAX;
  fired_.clear();
  event_group_.assign(execution.events.size(), kNone);
  for (size_t i = 0; i < execution.events.size(); ++i) {
    const Event& event = execution.events[i];
    if (event.is_sink != sinks) continue;
    const auto it = slot_of_id_.find(event.id);
    if (it == slot_of_id_.end()) continue;
    uint32_t& group = group_of_slot_[it->second];
    if (group >= fired_.size() || fired_[group].id != event.id) {
      group = static_cast<uint32_t>(fired_.size());
      fired_.push_back({event.id, 0, 0});
    }
    ++fired_[group].count;
    event_group_[i] = group;
  }
  uint32_t next = 0;
  for (Group& group : fired_) {
    group.first = next;
    next += std::exchange(group.count, 0);
  }
  events_.resize(next);
  for (size_t i = 0; i < event_group_.size(); ++i) {
    if (event_group_[i] == kNone) continue;
    Group& group = fired_[event_group_[i]];
    events_[group.first + group.count++] = static_cast<uint32_t>(i);
  }
}

Correlator::Correlator(const FlowDb& db, uint32_t max_listed)
    : db_(db),
      index_(db),
      max_listed_(max_listed),
      sources_(db.locations(LocationKind::kSource)),
      sinks_(db.locations(LocationKind::kSink)),
      hit_in_(db.coverage_map_size(), 0) {}

const Correlation& Correlator::Correlate(const Execution& execution) {
  result_.flows.clear();
  result_.listed.clear();
  if (execution.num_sources == 0 || execution.num_sinks == 0) return result_;
  if (++execution_number_ == 0) {  // wrapped: forget hits of four billion executions ago
    std::fill(hit_in_.begin(), hit_in_.end(), 0);
    execution_number_ = 1;
  }
  for (const Hit& hit : execution.hits)
    if (hit.id < hit_in_.size()) hit_in_[hit.id] = execution_number_;
  sources_.Build(execution, false);
  sinks_.Build(execution, true);

  for (const Group& sink : sinks_.fired()) {
    const std::span<const uint32_t> of_sink = index_.BySink(sink.id);
    if (sources_.fired().size() < of_sink.size()) {
      for (const Group& source : sources_.fired())
        for (const uint32_t flow : index_.ByPair(source.id, sink.id))
          Consider(execution, flow, source, sink);
    } else {
      for (const uint32_t flow : of_sink)
        if (const Group* source = sources_.Find(db_.flow(flow).source_id))
          Consider(execution, flow, *source, sink);
    }
  }
  std::sort(result_.flows.begin(), result_.flows.end(),
            [&](const CompletedFlow& a, const CompletedFlow& b) {
              return db_.flow(a.flow).id < db_.flow(b.flow).id;
            });
  return result_;
}

bool Correlator::AllHit(std::span<const uint32_t> intermediates) const {
  return std::all_of(intermediates.begin(), intermediates.end(),
                     [&](uint32_t id) { return hit_in_[id] == execution_number_; });
}

void Correlator::Consider(const Execution& execution, uint32_t flow, const Group& source,
                          const Group& sink) {
  if (!AllHit(db_.flow(flow).intermediates)) return;
  const std::span<const uint32_t> source_events = sources_.events(source);
  const std::span<const uint32_t> sink_events = sinks_.events(sink);
  CompletedFlow result = {flow, 0, UINT64_MAX, 0, 0, source_events, sink_events, 0, 0};

  // One sweep over both, in time: the sources before a sink event are a growing prefix.
  size_t num_before = 0;
  absl::uint128 sum_before = 0;
  for (const uint32_t sink_event : sink_events) {
    const uint64_t sink_time = execution.events[sink_event].timestamp;
    while (num_before < source_events.size() &&
           execution.events[source_events[num_before]].timestamp < sink_time)
      sum_before += execution.events[source_events[num_before++]].timestamp;
    if (num_before == 0) continue;
    const uint64_t first = execution.events[source_events[0]].timestamp;
    const uint64_t last = execution.events[source_events[num_before - 1]].timestamp;
    result.min_ns = std::min(result.min_ns, sink_time - last);
    result.max_ns = std::max(result.max_ns, sink_time - first);
    result.sum_ns += absl::uint128(sink_time) * num_before - sum_before;
    result.count += num_before;
  }
  if (result.count == 0) return;

  std::vector<Completion>& listed = result_.listed;
  const size_t first_listed = listed.size();
  for (const uint32_t sink_event : sink_events) {
    for (const uint32_t source_event : source_events) {
      if (listed.size() - first_listed >= max_listed_ ||
          execution.events[source_event].timestamp >= execution.events[sink_event].timestamp)
        break;
      listed.push_back({source_event, sink_event});
    }
  }
  result.first_listed = static_cast<uint32_t>(first_listed);
  result.num_listed = static_cast<uint32_t>(listed.size() - first_listed);
  result_.flows.push_back(result);
}

}  // namespace flowmon
