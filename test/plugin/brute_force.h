// Completions as their definition says, with every pair tried: slow, obvious, and sharing no code
// with the correlator.

#ifndef FLOWMON_TEST_PLUGIN_BRUTE_FORCE_H_
#define FLOWMON_TEST_PLUGIN_BRUTE_FORCE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "flowdb/flowdb.h"
#include "plugin/correlator.h"
#include "plugin/execution.h"

namespace flowmon::test {

struct FlowSpec {
  uint32_t id, source_id, sink_id;
  std::vector<uint32_t> intermediates;
};

// A database with these flows and the locations that they need.
inline FlowDb MakeFlowDb(const std::vector<FlowSpec>& flows) {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (const FlowSpec& flow : flows) {
    db.AddLocation(LocationKind::kSource, {flow.source_id, file, 1, 0, 0});
    db.AddLocation(LocationKind::kSink, {flow.sink_id, file, 2, 0, 0});
    for (const uint32_t id : flow.intermediates)
      db.AddLocation(LocationKind::kIntermediate, {id, file, 3, 0, 0});
    db.AddFlow(flow.id, flow.source_id, flow.sink_id, flow.intermediates, "");
  }
  return db;
}

// By flow id, for the completed flows: all completions, ordered by sink event, then source event.
inline std::map<uint32_t, std::vector<Completion>> BruteForceCompletions(
    const FlowDb& db, const Execution& execution) {
  std::map<uint32_t, std::vector<Completion>> completions;
  for (size_t f = 0; f < db.num_flows(); ++f) {
    const Flow flow = db.flow(f);
    bool all_hit = true;
    for (const uint32_t id : flow.intermediates)
      all_hit = all_hit && std::any_of(execution.hits.begin(), execution.hits.end(),
                                       [&](const Hit& hit) { return hit.id == id; });
    if (!all_hit) continue;
    for (uint32_t k = 0; k < execution.events.size(); ++k) {
      const Event& sink = execution.events[k];
      if (!sink.is_sink || sink.id != flow.sink_id) continue;
      for (uint32_t s = 0; s < execution.events.size(); ++s) {
        const Event& source = execution.events[s];
        if (!source.is_sink && source.id == flow.source_id && source.timestamp < sink.timestamp)
          completions[flow.id].push_back({s, k});
      }
    }
  }
  return completions;
}

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_PLUGIN_BRUTE_FORCE_H_
