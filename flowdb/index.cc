#include "flowdb/index.h"

#include <algorithm>

namespace flowmon {
namespace {

// Calls visit(flow, index) for every flow.
template <typename Visit>
void ForEachFlow(const FlowDb& db, Visit visit) {
  for (uint32_t i = 0; i < db.num_flows(); ++i) visit(db.flow(i), i);
}

}  // namespace

FlowIndex::FlowIndex(const FlowDb& db)
    : by_source_(FlowMultiIndex<uint32_t>::Build(
          db.locations(LocationKind::kSource).size(),
          [&db](auto emit) {
            ForEachFlow(db, [&](const Flow& flow, uint32_t i) { emit(flow.source_id, i); });
          })),
      by_sink_(FlowMultiIndex<uint32_t>::Build(db.locations(LocationKind::kSink).size(),
                                               [&db](auto emit) {
                                                 ForEachFlow(db, [&](const Flow& flow, uint32_t i) {
                                                   emit(flow.sink_id, i);
                                                 });
                                               })),
      by_intermediate_(
          FlowMultiIndex<uint32_t>::Build(db.locations(LocationKind::kIntermediate).size(),
                                          [&db](auto emit) {
                                            ForEachFlow(db, [&](const Flow& flow, uint32_t i) {
                                              for (uint32_t id : flow.intermediates) emit(id, i);
                                            });
                                          })),
      by_pair_(FlowMultiIndex<std::pair<uint32_t, uint32_t>>::Build(
          std::min(db.num_flows(), db.locations(LocationKind::kSource).size() *
                                       db.locations(LocationKind::kSink).size()),
          [&db](auto emit) {
            ForEachFlow(db, [&](const Flow& flow, uint32_t i) {
              emit({flow.source_id, flow.sink_id}, i);
            });
          })) {}

}  // namespace flowmon
