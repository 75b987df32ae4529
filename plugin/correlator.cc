#include "plugin/correlator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#define XXH_INLINE_ALL
#include "xxhash.h"

namespace flowmon {
namespace {

// Larger shapes are seldom met twice.
constexpr size_t kMaxKeySize = 4096;
constexpr size_t kSeenOnce = 1 << 14;

// The times of all completions of a flow; they do not follow from the shape.
void Measure(const Execution& execution, CompletedFlow& flow) {
  const auto time = [&](uint32_t event) { return execution.events[event].timestamp; };
  const std::span<const uint32_t> sources = flow.source_events;
  if (flow.count == 1) {  // the first source event, and the last sink event
    flow.min_ns = flow.max_ns = time(flow.sink_events.back()) - time(sources.front());
    flow.sum_ns = flow.min_ns;
    return;
  }
  flow.min_ns = UINT64_MAX;
  flow.max_ns = 0;
  flow.sum_ns = 0;
  // One sweep over both, in time: the sources before a sink event are a growing prefix.
  size_t num_before = 0;
  absl::uint128 sum_before = 0;
  for (const uint32_t sink_event : flow.sink_events) {
    const uint64_t sink_time = time(sink_event);
    while (num_before < sources.size() && time(sources[num_before]) < sink_time)
      sum_before += time(sources[num_before++]);
    if (num_before == 0) continue;
    flow.min_ns = std::min(flow.min_ns, sink_time - time(sources[num_before - 1]));
    flow.max_ns = std::max(flow.max_ns, sink_time - time(sources.front()));
    flow.sum_ns += absl::uint128(sink_time) * num_before - sum_before;
  }
}

// The number of completions.
uint64_t CountPairs(const Execution& execution, std::span<const uint32_t> sources,
                    std::span<const uint32_t> sinks) {
  const auto time = [&](uint32_t event) { return execution.events[event].timestamp; };
  uint64_t count = 0;
  size_t num_before = 0;
  for (const uint32_t sink : sinks) {
    while (num_before < sources.size() && time(sources[num_before]) < time(sink)) ++num_before;
    count += num_before;
  }
  return count;
}

}  // namespace

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

uint32_t Correlator::EventGroups::Build(const Execution& execution, bool sinks) {
  constexpr uint32_t kNone = UINT32_MAX;
  uint32_t num_unknown = 0;
  fired_.clear();
  fired_slots_.clear();
  event_group_.assign(execution.events.size(), kNone);
  for (size_t i = 0; i < execution.events.size(); ++i) {
    const Event& event = execution.events[i];
    if (event.is_sink != sinks) continue;
    const auto it = slot_of_id_.find(event.id);
    if (it == slot_of_id_.end()) {
      ++num_unknown;
      continue;
    }
    uint32_t& group = group_of_slot_[it->second];
    if (group >= fired_.size() || fired_[group].id != event.id) {
      group = static_cast<uint32_t>(fired_.size());
      fired_.push_back({event.id, 0, 0});
      fired_slots_.push_back(it->second);
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
  return num_unknown;
}

Correlator::Correlator(const FlowDb& db, uint32_t max_listed, size_t max_remembered_bytes)
    : db_(db),
      index_(db),
      max_listed_(max_listed),
      max_remembered_bytes_(max_remembered_bytes),
      sources_(db.locations(LocationKind::kSource)),
      sinks_(db.locations(LocationKind::kSink)),
      hit_in_(db.coverage_map_size(), 0),
      seen_once_(kSeenOnce, 0) {}

const Correlation& Correlator::Correlate(const Execution& execution) {
  MakeKey(execution);
  if (!previous_ || previous_->key != key_) {
    const uint64_t hash = XXH3_64bits(key_.data(), key_.size() * sizeof(key_[0]));
    const auto known = shapes_.find(hash);
    if (known == shapes_.end() || known->second->key != key_) return Meet(hash, execution);
    previous_ = known->second.get();
  }
  Correlation& result = previous_->correlation;
  result.is_repeat = true;
  result.orders = {};
  for (CompletedFlow& flow : result.flows) Measure(execution, flow);
  return result;
}

const Correlation& Correlator::Meet(uint64_t hash, const Execution& execution) {
  uint64_t& seen = seen_once_[hash % kSeenOnce];
  if (std::exchange(seen, hash) == hash && key_.size() <= kMaxKeySize)
    return Remember(hash, execution).correlation;
  Build(execution, unremembered_);
  return unremembered_.correlation;
}

// All that the correlation and the form of the record depend on.
void Correlator::MakeKey(const Execution& execution) {
  key_.resize(1 + execution.events.size() * 2 + execution.hits.size());
  uint32_t* word = key_.data();
  *word++ = static_cast<uint32_t>(execution.events.size()) << 3 |
            static_cast<uint32_t>(execution.events_capped() != 0) << 2 |
            static_cast<uint32_t>(execution.pids.size() > 1) << 1 |
            static_cast<uint32_t>(execution.events_dropped() != 0);
  uint64_t previous = 0;
  for (const Event& event : execution.events) {
    // Events at the same time are in no order.
    *word++ = static_cast<uint32_t>(event.is_sink) << 1 |
              static_cast<uint32_t>(event.timestamp == previous);
    *word++ = event.id;
    previous = event.timestamp;
  }
  for (const Hit& hit : execution.hits) *word++ = hit.id;
}

const Correlator::Shape& Correlator::Remember(uint64_t hash, const Execution& execution) {
  auto shape = std::make_unique<Shape>();
  Build(execution, *shape);
  shape->key = key_;
  const Correlation& result = shape->correlation;
  // With what the record's template will take, about: a listed completion prints its flow's ids.
  size_t printed_ids = 0;
  for (const CompletedFlow& flow : result.flows)
    printed_ids += size_t{flow.num_listed} * db_.flow(flow.flow).intermediates.size();
  const size_t bytes = sizeof(Shape) + (key_.size() + shape->events.size()) * sizeof(uint32_t) +
                       result.flows.size() * (sizeof(CompletedFlow) + 32) +
                       result.listed.size() * (sizeof(Completion) + 400) + printed_ids * 8 +
                       (result.sources.size() + result.sinks.size()) * sizeof(uint32_t) +
                       result.hits_by_id.size() * (sizeof(uint32_t) + 32) + 512;
  if (bytes > max_remembered_bytes_ / 4) {
    unremembered_ = std::move(*shape);
    return unremembered_;
  }
  if (remembered_bytes_ + bytes > max_remembered_bytes_) {
    shapes_.clear();
    previous_ = nullptr;
    remembered_bytes_ = 0;
  }
  remembered_bytes_ += bytes;
  std::unique_ptr<Shape>& place = shapes_[hash];  // another one's, if two hashes are the same
  if (place && previous_ == place.get()) previous_ = nullptr;
  place = std::move(shape);
  return *place;
}

void Correlator::Build(const Execution& execution, Shape& shape) {
  Correlation& result = shape.correlation;
  result.flows.clear();
  result.listed.clear();
  result.orders = {};
  orders_.clear();
  result.record.Clear();
  result.progress = {};
  result.hits_by_id.resize(execution.hits.size());
  std::iota(result.hits_by_id.begin(), result.hits_by_id.end(), 0u);
  const auto id = [&](uint32_t hit) { return execution.hits[hit].id; };
  std::sort(result.hits_by_id.begin(), result.hits_by_id.end(),
            [&](uint32_t a, uint32_t b) { return id(a) < id(b); });
  // A list of hits that its target has tampered with may name one twice.
  result.hits_by_id.erase(std::unique(result.hits_by_id.begin(), result.hits_by_id.end(),
                                      [&](uint32_t a, uint32_t b) { return id(a) == id(b); }),
                          result.hits_by_id.end());
  result.num_unknown_events = sources_.Build(execution, false) + sinks_.Build(execution, true);
  result.sources = sources_.fired_slots();
  result.sinks = sinks_.fired_slots();
  if (sources_.fired().empty() || sinks_.fired().empty()) return;

  if (++build_number_ == 0) {  // wrapped: forget hits of four billion builds ago
    std::fill(hit_in_.begin(), hit_in_.end(), 0);
    build_number_ = 1;
  }
  for (const Hit& hit : execution.hits)
    if (hit.id < hit_in_.size()) hit_in_[hit.id] = build_number_;
  shape.events = sources_.events();
  shape.events.insert(shape.events.end(), sinks_.events().begin(), sinks_.events().end());
  for (const Group& sink : sinks_.fired()) {
    const std::span<const uint32_t> of_sink = index_.BySink(sink.id);
    if (sources_.fired().size() < of_sink.size()) {
      for (const Group& source : sources_.fired())
        for (const uint32_t flow : index_.ByPair(source.id, sink.id))
          Consider(execution, flow, source, sink, shape);
    } else {
      for (const uint32_t flow : of_sink)
        if (const Group* source = sources_.Find(db_.flow(flow).source_id))
          Consider(execution, flow, *source, sink, shape);
    }
  }
  result.orders = orders_;
  std::sort(result.flows.begin(), result.flows.end(),
            [&](const CompletedFlow& a, const CompletedFlow& b) {
              return db_.flow(a.flow).id < db_.flow(b.flow).id;
            });
}

bool Correlator::AllHit(std::span<const uint32_t> intermediates) const {
  return std::all_of(intermediates.begin(), intermediates.end(),
                     [&](uint32_t id) { return hit_in_[id] == build_number_; });
}

void Correlator::Consider(const Execution& execution, uint32_t flow, const Group& source,
                          const Group& sink, Shape& shape) {
  const std::span<const uint32_t> events = shape.events;
  const auto source_events = events.subspan(source.first, source.count);
  const auto sink_events = events.subspan(sources_.events().size() + sink.first, sink.count);
  // Events that were not stored may have come in the right order.
  const bool source_first = execution.events[source_events.front()].timestamp <
                            execution.events[sink_events.back()].timestamp;
  if (source_first || (execution.events_capped() == 0 && execution.events_dropped() == 0))
    orders_.push_back({flow, source_first});
  if (!AllHit(db_.flow(flow).intermediates)) return;
  const uint64_t count = CountPairs(execution, source_events, sink_events);
  if (count == 0) return;

  std::vector<Completion>& listed = shape.correlation.listed;
  const size_t first_listed = listed.size();
  for (const uint32_t sink_event : sink_events) {
    for (const uint32_t source_event : source_events) {
      if (listed.size() - first_listed >= max_listed_ ||
          execution.events[source_event].timestamp >= execution.events[sink_event].timestamp)
        break;
      listed.push_back({source_event, sink_event});
    }
  }
  CompletedFlow completed = {flow,
                             count,
                             0,
                             0,
                             0,
                             source_events,
                             sink_events,
                             static_cast<uint32_t>(first_listed),
                             static_cast<uint32_t>(listed.size() - first_listed)};
  Measure(execution, completed);
  shape.correlation.flows.push_back(completed);
}

}  // namespace flowmon
