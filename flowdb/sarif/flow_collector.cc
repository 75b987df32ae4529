#include "flowdb/sarif/flow_collector.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/types/span.h"

namespace flowmon {

uint32_t FlowCollector::IdOf(LocationKind kind, const PlaceKey& place) {
  auto& ids = ids_[static_cast<size_t>(kind)];
  const auto [found, is_new] = ids.try_emplace(place, static_cast<uint32_t>(ids.size() + 1));
  if (is_new) {
    db_.AddLocation(kind, {.id = found->second,
                           .file = place.file,
                           .line = place.line,
                           .col_start = place.col_start,
                           .col_end = place.col_end});
  }
  return found->second;
}

FlowCollector::Added FlowCollector::AddFlow(const PlaceKey& source, std::span<const PlaceKey> steps,
                                            const PlaceKey& sink, std::string_view description) {
  seen_.clear();
  seen_.reserve(steps.size() + 2);
  seen_.insert({source, sink});
  path_.clear();
  for (const PlaceKey& step : steps) {
    if (seen_.insert(step).second) path_.push_back(IdOf(LocationKind::kIntermediate, step));
  }
  const uint32_t source_id = IdOf(LocationKind::kSource, source);
  const uint32_t sink_id = IdOf(LocationKind::kSink, sink);
  const auto path = absl::MakeConstSpan(path_);
  const uint64_t hash = absl::HashOf(source_id, sink_id, path);
  std::vector<uint32_t>& candidates = flows_of_hash_[hash];
  for (const uint32_t index : candidates) {
    const Flow flow = db_.flow(index);
    if (flow.source_id == source_id && flow.sink_id == sink_id &&
        std::equal(path.begin(), path.end(), flow.intermediates.begin(),
                   flow.intermediates.end())) {
      return {.flow_id = flow.id, .is_new = false};
    }
  }
  const auto index = static_cast<uint32_t>(db_.num_flows());
  candidates.push_back(index);
  db_.AddFlow(index + 1, source_id, sink_id, path_, description);
  return {.flow_id = index + 1, .is_new = true};
}

}  // namespace flowmon
