// Looks up the flows of a database by what fired: its source, its sink, both, or an intermediate.
//
// Built once from a FlowDb; afterwards every lookup is one hash probe and returns a view that lives
// as long as the index. Flows are given by their index in the FlowDb. Const use from threads is
// safe.

#ifndef FLOWMON_FLOWDB_INDEX_H_
#define FLOWMON_FLOWDB_INDEX_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "flowdb/flowdb.h"

namespace flowmon {

// Key -> the flows that carry it, each once and in ascending order, all keys sharing one array.
template <typename Key>
class FlowMultiIndex {
 public:
  // for_each_key(emit) calls emit(key, flow_index) for every pair, flows in ascending order. It is
  // called twice and must emit the same. A pair that comes again (a flow that lists an intermediate
  // twice) counts once.
  template <typename ForEach>
  static FlowMultiIndex Build(size_t num_keys_hint, ForEach for_each_key) {
    FlowMultiIndex index;
    index.ranges_.reserve(num_keys_hint);
    for_each_key([&](const Key& key, uint32_t) { ++index.ranges_[key].second; });
    uint64_t offset = 0;
    for (auto& [key, range] : index.ranges_) {
      range.first = offset;
      offset += range.second;
      range.second = 0;
    }
    index.flows_.resize(offset);
    for_each_key([&](const Key& key, uint32_t flow) {
      auto& [first, count] = index.ranges_[key];
      if (count > 0 && index.flows_[first + count - 1] == flow) return;
      index.flows_[first + count++] = flow;
    });
    return index;
  }

  std::span<const uint32_t> Find(const Key& key) const {
    auto it = ranges_.find(key);
    if (it == ranges_.end()) return {};
    return {flows_.data() + it->second.first, static_cast<size_t>(it->second.second)};
  }

 private:
  absl::flat_hash_map<Key, std::pair<uint64_t, uint32_t>> ranges_;  // offset and count in flows_
  std::vector<uint32_t> flows_;
};

class FlowIndex {
 public:
  explicit FlowIndex(const FlowDb& db);

  std::span<const uint32_t> BySource(uint32_t id) const { return by_source_.Find(id); }
  std::span<const uint32_t> BySink(uint32_t id) const { return by_sink_.Find(id); }
  std::span<const uint32_t> ByPair(uint32_t source_id, uint32_t sink_id) const {
    return by_pair_.Find({source_id, sink_id});
  }
  std::span<const uint32_t> ByIntermediate(uint32_t id) const { return by_intermediate_.Find(id); }

 private:
  FlowMultiIndex<uint32_t> by_source_, by_sink_, by_intermediate_;
  FlowMultiIndex<std::pair<uint32_t, uint32_t>> by_pair_;
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_INDEX_H_
