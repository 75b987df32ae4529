#include "plugin/evidence.h"

#include <algorithm>
#include <span>
#include <utility>

#include "plugin/mix_hash.h"

namespace flowmon {
namespace {

constexpr size_t kNumSeen = size_t{1} << 14;

uint64_t HashValues(const Execution& execution, std::span<const uint32_t> events, uint64_t seed) {
  for (const uint32_t event : events) seed = MixHash(seed, execution.events[event].hash);
  return seed;
}

// Of how many source events each sink event is behind.
uint64_t HashOrder(const Execution& execution, const CompletedFlow& completed) {
  const auto time = [&](uint32_t event) { return execution.events[event].timestamp; };
  uint64_t hash = 1;
  size_t num_before = 0;
  for (const uint32_t sink : completed.sink_events) {
    while (num_before < completed.source_events.size() &&
           time(completed.source_events[num_before]) < time(sink))
      ++num_before;
    hash = MixHash(hash, num_before);
  }
  return hash;
}

}  // namespace

EvidenceCollector::EvidenceCollector(uint32_t max_exact, uint32_t max_events_per_id)
    : max_events_per_id_(max_events_per_id),
      budget_{max_exact, kMaxBytes},
      seen_(kNumSeen, Seen{0, 0, 0}) {}

bool EvidenceCollector::MayHaveLostSources(const Execution& execution,
                                           const CompletedFlow& completed) const {
  return execution.events_dropped() > 0 ||
         (max_events_per_id_ != 0 && completed.source_events.size() >= max_events_per_id_);
}

bool EvidenceCollector::Add(const Execution& execution, const CompletedFlow& completed,
                            FlowEvidence& flow) {
  // Never 0, which is what no execution has left.
  const uint64_t sources =
      HashValues(execution, completed.source_events, MixHash(1, completed.flow)) | 1;
  const uint64_t sinks = HashValues(execution, completed.sink_events, 1);
  const uint64_t order = HashOrder(execution, completed);
  Seen& seen = seen_[(sources >> 1) % kNumSeen];
  const bool is_known = seen.sources == sources;
  const bool is_same = is_known && seen.sinks == sinks;
  // Of sources that were not stored nothing is known: they may be what has changed the sink.
  if (is_known && !MayHaveLostSources(execution, completed)) {
    ++flow.repeats;
    flow.contradictions += !is_same;
  }
  if (is_same && seen.order == order) return false;
  seen = {sources, sinks, order};
  return AddValues(execution, completed, flow);
}

bool EvidenceCollector::AddValues(const Execution& execution, const CompletedFlow& completed,
                                  FlowEvidence& flow) {
  const auto& events = execution.events;
  const std::span<const uint32_t> sources = completed.source_events;
  bool is_new = false, is_identical = true;
  size_t num_before = 0;  // sources before the sink event
  for (const uint32_t sink_index : completed.sink_events) {
    const Event& sink = events[sink_index];
    while (num_before < sources.size() && events[sources[num_before]].timestamp < sink.timestamp)
      flow.source_values.Insert(events[sources[num_before++]].hash, budget_);
    if (num_before == 0) continue;
    if (flow.sink_values.empty()) flow.only_sink_value = sink.hash;
    flow.sink_values.Insert(sink.hash, budget_);
    const Event& last = events[sources[num_before - 1]];
    is_new |= flow.value_pairs.Insert(MixHash(last.hash, sink.hash), budget_);
    is_identical =
        is_identical && std::ranges::any_of(sources.first(num_before), [&](uint32_t source) {
          return events[source].hash == sink.hash && events[source].size == sink.size;
        });
  }
  // Neither way: what is not identical may be so to a source that was not stored.
  if (!MayHaveLostSources(execution, completed))
    ++(is_identical ? flow.identical : flow.not_identical);
  return is_new;
}

}  // namespace flowmon
