// Which lines of code no path of the data avoids.
//
// The path that was found to a sink is one of many, and often takes a branch that seldom runs. What
// all paths have in common must have run when the data arrived, whichever way it took.

#ifndef FLOWMON_RUNTIME_DERIVE_STEP_GRAPH_H_
#define FLOWMON_RUNTIME_DERIVE_STEP_GRAPH_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/PointerIntPair.h"
#include "llvm/IR/InstrTypes.h"

namespace flowmon {

using CodeLine = std::pair<std::string, uint32_t>;  // file, line

// What data passes: code (nullptr: the source), a call before or after what is called.
struct Step {
  const llvm::Instruction* code;
  bool is_result;
};

// The ways of one source's data. Nodes are lines of code, or single steps. Lines join the copies of
// an inlined function, and paths with them that have nothing to do with each other; single steps
// miss what is common to the copies. What either of them calls unavoidable is.
class StepGraph {
 public:
  enum class Nodes { kLines, kSteps };
  explicit StepGraph(Nodes nodes) : merges_lines_(nodes == Nodes::kLines) {}

  void AddEdge(Step from, Step to);
  // After the last edge, for a sink's marker that an edge leads to. With the lines of calls that
  // were inlined.
  std::set<CodeLine> UnavoidableLines(const llvm::CallBase& marker);

 private:
  using Node = uint32_t;
  static constexpr Node kSource = 0;
  struct Lines {
    std::set<CodeLine> own;  // empty: no place in the program's own code
    // That all code of the node was inlined through. No nodes: each leads to all that it inlined.
    std::set<CodeLine> calls;
  };

  Node NodeOf(Step step);
  void FindDominators();

  bool merges_lines_;
  std::vector<Lines> lines_ = std::vector<Lines>(1);
  std::map<std::pair<CodeLine, bool>, Node> nodes_of_lines_;  // and of results there
  std::map<uint64_t, Node> nodes_of_sinks_;
  llvm::DenseMap<llvm::PointerIntPair<const llvm::Instruction*, 1>, Node> nodes_;
  llvm::DenseSet<std::pair<Node, Node>> edges_;
  std::vector<Node> dominators_;  // the next one towards the source
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_STEP_GRAPH_H_
