#include "plugin/execution.h"

#include <string.h>

#include <algorithm>

namespace flowmon {

Execution::Mark Execution::mark() const {
  return {events.size(), hits.size(),       events_produced, sources_capped,
          sinks_capped,  events_overflowed, events_torn,     hits_uncounted};
}

void Execution::TurnLate(const Mark& since) {
  events_late += events_produced - since.events_produced;
  hits_late += hits.size() - since.num_hits + hits_uncounted - since.hits_uncounted;
  events.resize(since.num_events);
  hits.resize(since.num_hits);
  sources_capped = since.sources_capped;
  sinks_capped = since.sinks_capped;
  events_overflowed = since.events_overflowed;
  events_torn = since.events_torn;
  hits_uncounted = since.hits_uncounted;
}

void Execution::AddProcess(uint32_t pid, bool is_root) {
  pids.push_back(pid);
  if (is_root) std::swap(pids.front(), pids.back());
}

void Execution::MergeHits() {
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.id < b.id; });
  size_t kept = 0;
  for (const Hit& hit : hits) {
    if (kept > 0 && hits[kept - 1].id == hit.id)
      hits[kept - 1].count = std::min(hits[kept - 1].count + hit.count, 255u);
    else
      hits[kept++] = hit;
  }
  hits.resize(kept);
  hits_are_ordered = false;
}

void Execution::Normalize(size_t max_events) {
  if (pids.size() > 1) {  // the first one's place is its own; the others' is not worth telling
    std::sort(pids.begin() + 1, pids.end());
    const auto end = std::unique(pids.begin() + 1, pids.end());
    pids.erase(std::remove(pids.begin() + 1, end, pids.front()), pids.end());
  }
  const auto by_time = [](const Event& a, const Event& b) { return a.timestamp < b.timestamp; };
  if (!std::is_sorted(events.begin(), events.end(), by_time))
    std::stable_sort(events.begin(), events.end(), by_time);
  if (events.size() > max_events) {
    events_overflowed += events.size() - max_events;
    events.resize(max_events);
  }
  size_t stored_sinks = 0;
  for (const Event& event : events) stored_sinks += static_cast<size_t>(event.is_sink);
  num_sinks = stored_sinks + sinks_capped;
  num_sources = events.size() - stored_sinks + sources_capped;
}

void Execution::Clear() {
  events.clear();
  hits.clear();
  pids.clear();
  num_sources = num_sinks = 0;
  events_produced = events_overflowed = events_torn = events_late = 0;
  sources_capped = sinks_capped = 0;
  hits_uncounted = hits_late = 0;
  hits_are_ordered = false;
}

void Execution::Reserve(size_t size) {
  events.reserve(size);
  hits.reserve(size);
  pids.reserve(8);
}

void AppendHits(std::span<const uint8_t> counters, uint32_t first_id, std::vector<Hit>& hits) {
  size_t i = 0;
  while (i < counters.size()) {
    uint64_t word;
    if (i + sizeof(word) <= counters.size()) {
      memcpy(&word, &counters[i], sizeof(word));
      if (word == 0) {
        i += sizeof(word);
        continue;
      }
    }
    const size_t stop = std::min(i + sizeof(word), counters.size());
    for (; i < stop; ++i)
      if (counters[i] != 0) hits.push_back({first_id + static_cast<uint32_t>(i), counters[i]});
  }
}

}  // namespace flowmon
