#include "runtime/derive/step_graph.h"

#include <algorithm>
#include <iterator>

#include "runtime/derive/mark_sinks.h"
#include "runtime/derive/source_place.h"

namespace flowmon {

StepGraph::Node StepGraph::NodeOf(Step step) {
  if (step.code == nullptr) return kSource;
  const llvm::Instruction& code = *step.code;
  const auto [entry, is_new] =
      nodes_.try_emplace({&code, step.is_result}, static_cast<Node>(lines_.size()));
  if (!is_new) return entry->second;
  const SourcePlace place = PlaceOf(code.getDebugLoc());
  std::set<CodeLine> calls;
  for (const SourcePlace& call : CallsTo(code.getDebugLoc())) calls.emplace(call.file, call.line);
  // Copies of one sink are one sink, and different sinks may share a line.
  Node* shared = nullptr;
  SinkMarker marker;
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&code);
  if (call != nullptr && ReadSinkMarker(*call, marker)) {
    shared = &nodes_of_sinks_.try_emplace(marker.number, entry->second).first->second;
  } else if (merges_lines_ && !place.file.empty()) {
    const CodeLine line(place.file, place.line);
    shared = &nodes_of_lines_.try_emplace({line, step.is_result}, entry->second).first->second;
  }
  if (shared != nullptr && *shared != entry->second) {
    entry->second = *shared;
    std::set<CodeLine>& common = lines_[*shared].calls;
    for (auto at = common.begin(); at != common.end();) {
      at = calls.contains(*at) ? std::next(at) : common.erase(at);
    }
    return *shared;
  }
  Lines& lines = lines_.emplace_back();
  lines.calls = std::move(calls);
  if (!place.file.empty()) lines.own.emplace(place.file, place.line);
  return entry->second;
}

void StepGraph::AddEdge(Step from, Step to) {
  const Node begin = NodeOf(from);
  edges_.insert({begin, NodeOf(to)});
}

// Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
void StepGraph::FindDominators() {
  std::vector<std::vector<Node>> next(lines_.size()), previous(lines_.size());
  for (const auto& [from, to] : edges_) {
    next[from].push_back(to);
    previous[to].push_back(from);
  }
  std::vector<Node> postorder;
  constexpr uint32_t kUnseen = ~0U;
  std::vector<uint32_t> number(lines_.size(), kUnseen);  // in postorder
  std::vector<bool> is_seen(lines_.size());
  std::vector<std::pair<Node, size_t>> stack = {{kSource, 0}};
  is_seen[kSource] = true;
  while (!stack.empty()) {
    auto& [node, edge] = stack.back();
    if (edge < next[node].size()) {
      const Node to = next[node][edge++];
      if (!is_seen[to]) {
        is_seen[to] = true;
        stack.emplace_back(to, 0);
      }
    } else {
      number[node] = static_cast<uint32_t>(postorder.size());
      postorder.push_back(node);
      stack.pop_back();
    }
  }
  dominators_.assign(lines_.size(), kUnseen);
  dominators_[kSource] = kSource;
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (auto node = postorder.rbegin() + 1; node != postorder.rend(); ++node) {
      Node dominator = kUnseen;
      for (Node other : previous[*node]) {
        if (dominators_[other] == kUnseen) continue;
        if (dominator == kUnseen) dominator = other;
        while (other != dominator) {
          Node& lower = number[other] < number[dominator] ? other : dominator;
          lower = dominators_[lower];
        }
      }
      has_changed |= dominators_[*node] != dominator;
      dominators_[*node] = dominator;
    }
  }
}

std::set<CodeLine> StepGraph::UnavoidableLines(const llvm::CallBase& marker) {
  if (dominators_.empty()) FindDominators();
  std::set<CodeLine> lines;
  for (Node node = NodeOf({&marker, false}); node != kSource; node = dominators_[node]) {
    lines.insert(lines_[node].own.begin(), lines_[node].own.end());
    lines.insert(lines_[node].calls.begin(), lines_[node].calls.end());
  }
  return lines;
}

}  // namespace flowmon
