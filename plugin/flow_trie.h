// The steps of all flows as a forest: a root per source, below it the intermediates in the order of
// the path, at the ends the sinks. Flows that begin alike share nodes, and what one execution
// reached is walked at the cost of what it reached, however many flows there are.
//
// A node is reached by an execution if its source fired and it and all steps before it were hit, in
// whatever order; doc/VERDICTS.md.

#ifndef FLOWMON_PLUGIN_FLOW_TRIE_H_
#define FLOWMON_PLUGIN_FLOW_TRIE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "flowdb/flowdb.h"

namespace flowmon {

class FlowTrie {
 public:
  using Node = uint32_t;
  static constexpr Node kNone = UINT32_MAX;
  // A node's step: an intermediate id, or a sink's index among the locations with this bit.
  static constexpr uint32_t kSink = 1u << 31;

  explicit FlowTrie(const FlowDb& db);

  // `source`: index among the locations. kNone if no flow has this source.
  Node Root(uint32_t source) const { return roots_[source]; }
  Node SinkOf(uint32_t flow) const { return sinks_[flow]; }
  Node Parent(Node node) const { return parents_[node]; }
  uint32_t Step(Node node) const { return steps_[node]; }
  // Their steps are ascending, so sinks come last.
  std::span<const Node> Children(Node node) const {
    return std::span(children_).subspan(first_child_[node],
                                        first_child_[node + 1] - first_child_[node]);
  }
  size_t size() const { return parents_.size(); }

 private:
  std::vector<Node> roots_, sinks_;
  std::vector<Node> parents_;
  std::vector<uint32_t> steps_;
  std::vector<Node> children_;  // of all nodes, one after the other
  std::vector<uint32_t> first_child_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_FLOW_TRIE_H_
