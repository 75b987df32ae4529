#include "tools/open_flows.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace flowmon {

std::vector<OpenFlow> FindOpenFlows(const FlowDb& db, const Execution& execution) {
  absl::flat_hash_map<uint32_t, uint64_t> first_source, last_sink;  // id -> time
  for (const Event& event : execution.events) {
    if (event.is_sink)
      last_sink[event.id] = event.timestamp;
    else
      first_source.emplace(event.id, event.timestamp);
  }
  absl::flat_hash_set<uint32_t> hits;
  for (const Hit& hit : execution.hits) hits.insert(hit.id);
  std::vector<OpenFlow> open;
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    const auto source = first_source.find(flow.source_id);
    if (source == first_source.end()) continue;
    const auto sink = last_sink.find(flow.sink_id);
    if (sink != last_sink.end() && sink->second > source->second) continue;
    const std::set<uint32_t> steps(flow.intermediates.begin(), flow.intermediates.end());
    const auto reached =
        std::count_if(steps.begin(), steps.end(), [&](uint32_t id) { return hits.contains(id); });
    open.push_back({flow.id, static_cast<uint32_t>(reached), static_cast<uint32_t>(steps.size())});
  }
  std::sort(open.begin(), open.end(), [](const OpenFlow& a, const OpenFlow& b) {
    return std::make_tuple(a.of - a.steps, a.id) < std::make_tuple(b.of - b.steps, b.id);
  });
  return open;
}

}  // namespace flowmon
