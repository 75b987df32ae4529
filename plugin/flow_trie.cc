#include "plugin/flow_trie.h"

#include <algorithm>
#include <numeric>

#include "absl/container/flat_hash_map.h"

namespace flowmon {

FlowTrie::FlowTrie(const FlowDb& db)
    : roots_(db.locations(LocationKind::kSource).size(), kNone), sinks_(db.num_flows()) {
  absl::flat_hash_map<uint64_t, Node> known;  // parent and step -> node
  const auto add = [&](Node parent, uint32_t step) {
    parents_.push_back(parent);
    steps_.push_back(step);
    return static_cast<Node>(parents_.size() - 1);
  };
  const auto below = [&](Node parent, uint32_t step) {
    const auto [it, is_new] = known.try_emplace(uint64_t{parent} << 32 | step, 0);
    if (is_new) it->second = add(parent, step);
    return it->second;
  };
  const auto slot = [&](LocationKind kind, uint32_t id) {
    return static_cast<uint32_t>(db.FindLocation(kind, id) - db.locations(kind).data());
  };
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    Node& root = roots_[slot(LocationKind::kSource, flow.source_id)];
    if (root == kNone) root = add(kNone, 0);
    Node node = root;
    for (const uint32_t id : flow.intermediates) node = below(node, id);
    sinks_[i] = below(node, slot(LocationKind::kSink, flow.sink_id) | kSink);
  }

  first_child_.resize(size() + 1);
  for (const Node parent : parents_)
    if (parent != kNone) ++first_child_[parent + 1];
  std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
  children_.resize(first_child_.back());
  std::vector<uint32_t> next(first_child_.begin(), first_child_.end() - 1);
  for (Node node = 0; node < size(); ++node)
    if (parents_[node] != kNone) children_[next[parents_[node]]++] = node;
  for (Node node = 0; node < size(); ++node)
    std::sort(children_.begin() + first_child_[node], children_.begin() + first_child_[node + 1],
              [&](Node a, Node b) { return steps_[a] < steps_[b]; });
}

}  // namespace flowmon
