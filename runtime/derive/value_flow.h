// How data flows through the program: from sources forward to the sinks that it reaches.
//
// Values are followed along SSA edges, through memory by points_to.h, and through calls so that
// what enters a function at one call does not leave it at another. Each state remembers where it
// came from, so that every sink that is reached has a path.

#ifndef FLOWMON_RUNTIME_DERIVE_VALUE_FLOW_H_
#define FLOWMON_RUNTIME_DERIVE_VALUE_FLOW_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/IntrinsicInst.h"
#include "runtime/derive/mark_sinks.h"
#include "runtime/derive/points_to.h"
#include "runtime/derive/sanitizers.h"
#include "runtime/derive/source_place.h"
#include "runtime/derive/step_graph.h"

namespace flowmon {

struct Source {
  SourcePlace place;
  std::string_view data;  // its label, empty for none
  std::string name;       // "data", "getenv()"
  std::vector<const llvm::Value*> values;
  // Leaves, and the call that fills them (nullptr: filled from the start).
  std::vector<std::pair<LeafId, const llvm::Instruction*>> leaves;
};

// What makes a path less certain.
enum PathTrait : uint8_t {
  kThroughMemory = 1,   // through an object that stands for several
  kThroughAddress = 2,  // read from an address that depends on the data
  kThroughLibrary = 4,  // through a function of the C++ library that is not known
};

struct FoundPath {
  const llvm::CallBase* marker;
  std::vector<const llvm::Instruction*> steps;  // from the source on, in order
  std::set<CodeLine> unavoidable;               // lines that every other path has, too
  uint8_t traits;                               // of PathTrait
  bool is_limited;                              // a check on the way keeps the value within limits
};

struct ReachedValues {
  llvm::DenseSet<const llvm::Value*> values;
  bool contains(const llvm::Value* value) const { return values.contains(value); }
};

class ValueFlow {
 public:
  struct Limits {
    uint32_t max_steps = 400;         // of one path
    uint64_t max_states = 2'000'000;  // of one run, From() or ReachedFrom()
    // Of all runs: half of them are shared out, so that no source is left without.
    uint64_t total_states = 20'000'000;
    uint64_t num_runs = 1;
  };
  // What the data of a source that may not be trusted with may be compared with.
  using IsTrusted = Sanitizers::IsTrusted;

  ValueFlow(PointsTo& memory, Sanitizers& sanitizers, std::span<const Sink> sinks,
            const llvm::Function& entry, Limits limits);

  // All markers that data of the source reaches, each with a shortest path. With `is_trusted` a
  // path prefers values that were not checked.
  std::vector<FoundPath> From(const Source& source, const IsTrusted& is_trusted);
  // All values that depend on the source.
  ReachedValues ReachedFrom(const Source& source);

  uint64_t num_cut() const { return num_cut_; }  // paths that the limit of steps ended
  // Sources that a limit of states ended.
  uint64_t num_cut_sources() const { return cut_sources_.size(); }

 private:
  // Which bytes of a number, the lowest first, depend on the data: a struct of several fields is
  // often passed as one number. All of them for anything that is larger or no number.
  using ByteMask = uint8_t;
  static constexpr ByteMask kAllBytes = 0xff;
  // How data entered a function: the parameter, whether within limits, and which bytes of it.
  using Start = std::tuple<const llvm::Argument*, bool, ByteMask>;
  struct State {
    const llvm::Value* value;  // or nullptr: the leaf
    LeafId leaf;
    Start start;
    bool is_limited;
    ByteMask bytes;
    uint8_t traits;
    uint32_t depth;
    int64_t parent;  // -1: the source
    int64_t exit;    // after a call: the state that the callee was left with, else -1
    const llvm::Instruction* code;
    // Of the code, not what it passes on.
    bool IsResult() const { return value != nullptr && value == code; }
  };
  // Value, leaf, start, writer, is_limited.
  using Key = std::tuple<const void*, LeafId, Start, const void*, bool>;
  using StateIndex = int64_t;

  void Index();
  std::set<LeafId> ReadBy(const llvm::Instruction& instruction);
  void Run(const Source& source);
  void Visit(StateIndex at);
  void VisitValue(StateIndex at);
  void VisitLeaf(StateIndex at);
  void VisitCall(StateIndex at, llvm::CallBase& call, const llvm::Use& use);
  void VisitCopy(StateIndex at, llvm::MemTransferInst& copy, LeafId leaf);
  void VisitLibraryCall(StateIndex at, llvm::CallBase& call, int argument, LeafId leaf);
  void Enter(StateIndex at, llvm::CallBase& call, const llvm::Argument& formal);
  void Leave(StateIndex at, const llvm::ReturnInst& end);
  void ToValue(StateIndex from, const llvm::Value* value, const llvm::Instruction* code,
               uint8_t traits = 0, ByteMask bytes = kAllBytes);
  void ToLeaf(StateIndex from, LeafId leaf, const llvm::Instruction* code, uint8_t traits = 0,
              ByteMask bytes = kAllBytes);
  // Which bytes of a number are a leaf, and whether those of the leaf are told apart: elements of
  // an array are one leaf, of which any may be meant.
  struct Place {
    ByteMask bytes = kAllBytes;
    bool is_exact = false;
  };
  Place PlaceIn(LeafId leaf, uint64_t distance, uint64_t size);
  static ByteMask BytesAfter(const llvm::Instruction& user, ByteMask bytes);
  void Store(StateIndex at, llvm::StoreInst& store);
  void Load(StateIndex at, llvm::LoadInst& load);
  void ToPort(StateIndex from, llvm::CallBase& call, Port port);
  Step StepOf(StateIndex at) const;
  void AddEdge(Step from, Step to);
  void Push(State state, const llvm::Instruction* writer);
  bool MayFollow(const llvm::Instruction* writer, const llvm::Instruction* reader, LeafId leaf);
  bool KeepsOrder(const llvm::Instruction* writer, LeafId leaf);
  bool IsLimitedAt(StateIndex at, const llvm::Instruction* point);
  void AddSteps(StateIndex at, bool only_callee, uint8_t& traits,
                std::vector<const llvm::Instruction*>& steps) const;

  PointsTo& memory_;
  Sanitizers& sanitizers_;
  const std::span<const Sink> sinks_;
  const llvm::Function& entry_;
  const Limits limits_;
  llvm::DenseSet<const llvm::Function*> reachable_;
  std::map<LeafId, std::vector<llvm::Instruction*>> readers_;

  // Of the source at hand.
  const IsTrusted* is_trusted_ = nullptr;
  std::vector<State> states_;
  std::vector<const llvm::Instruction*> writers_;  // of states_
  std::map<Key, ByteMask> seen_;
  std::map<LeafId, uint32_t> num_writers_;
  std::map<Start, std::vector<std::pair<StateIndex, llvm::CallBase*>>> entered_;
  std::map<Start, std::vector<StateIndex>> left_;
  std::map<const llvm::CallBase*, std::vector<StateIndex>> hits_;
  std::map<std::pair<const llvm::Instruction*, const llvm::Instruction*>, bool> order_;
  std::vector<StepGraph> graphs_;  // in From() alone
  bool is_cut_ = false;
  uint64_t num_cut_ = 0;
  uint64_t states_left_;  // of the limit of all runs: what this run may have
  std::set<SourcePlace> cut_sources_;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_VALUE_FLOW_H_
