// Which memory each pointer of the program may point to, which functions each call may call, and
// which functions the entries reach: inclusion-based (Andersen), by field, regardless of the order
// of statements, which SSA form and simplify.h make up for. The call graph is found on the way.

#ifndef FLOWMON_RUNTIME_DERIVE_POINTS_TO_H_
#define FLOWMON_RUNTIME_DERIVE_POINTS_TO_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SparseBitVector.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "runtime/derive/library_models.h"
#include "runtime/derive/memory_objects.h"

namespace flowmon {

using LeafSet = llvm::SparseBitVector<>;

// A result refers to the module, which must not change as long as it lives.
class PointsTo {
 public:
  // Solves all constraints. What types untyped memory has shows only on the way, and to know them
  // from the start keeps much apart: then it starts anew.
  static std::unique_ptr<PointsTo> Solve(llvm::Module& module,
                                         std::span<llvm::Function* const> entries,
                                         uint64_t max_steps);

  // It took more than `max_steps`: pointers are missing.
  bool is_cut() const { return is_cut_; }
  const LeafSet& Of(const llvm::Value* pointer) const;
  // What an access of `size` bytes at `pointer` touches; 0: not known.
  std::set<LeafId> Touched(const llvm::Value* pointer, uint64_t size);
  // What is filled from outside with `size` bytes; 0: not known, which means the whole of an object
  // that the pointer is at the start of.
  std::set<LeafId> Filled(const llvm::Value* pointer, uint64_t size);
  // What Touched() returns, each with its distance from the pointer.
  std::map<LeafId, uint64_t> TouchedAt(const llvm::Value* pointer, uint64_t size);
  // What lies behind one port of a call, as far as the callee is known to look (a reference to an
  // object of some size), else to its end. kPointee: what the pointers there point to.
  std::set<LeafId> TouchedBy(const llvm::CallBase& call, Port port);

  // What the pointers in the memory behind `pointer` point to.
  std::set<LeafId> TouchedByPointee(const llvm::Value& pointer);

  std::span<llvm::Function* const> functions() const { return functions_.getArrayRef(); }
  const std::vector<llvm::Function*>& Callees(const llvm::CallBase& call) const;
  // The argument that a library function calls another with pointers into, as qsort() does; nullptr
  // for any other call.
  static const llvm::Value* CallbackData(const llvm::CallBase& call);
  // What an indirect call may call, functions of libraries included; in the module's order.
  std::vector<llvm::Function*> Targets(const llvm::CallBase& call) const;
  const std::vector<llvm::CallBase*>& Callers(const llvm::Function& function) const;
  MemoryObjects& objects() { return objects_; }

 private:
  PointsTo(llvm::Module& module, std::span<llvm::Function* const> entries,
           MemoryObjects::Types learned_types);

  using Node = uint32_t;
  struct Constraint {
    enum class Kind : uint8_t { kLoad, kStore, kStep, kCopyFrom, kCopyTo, kCall };
    Kind kind;
    bool is_variable = false;
    Node other = 0;      // load: the value; store: the value stored; copies: the other pointer
    int64_t number = 0;  // load, store, copies: bytes; step: bytes further
    llvm::CallBase* call = nullptr;
    llvm::Type* type = nullptr;  // step: the struct that is stepped into
  };
  struct NodeEntry {
    LeafSet leaves, done;
    std::vector<Node> copies;
    std::vector<Constraint> constraints;
  };

  void AddNode();
  Node Find(Node node) const;
  void Merge(Node node, Node into);
  std::vector<Node> MergeCycles();
  Node NodeOf(const llvm::Value* value);
  Node NodeOfLeaf(LeafId leaf);
  void Add(Node node, LeafId leaf);
  void AddCopy(Node from, Node to);
  void AddConstraint(Node node, const Constraint& constraint);
  void AddPendingConstants();
  void AddConstant(Node node, const llvm::Constant& constant);
  void AddInitializer(ObjectId object, const llvm::Constant& value, uint64_t offset);
  void AddFunction(llvm::Function& function);
  void AddInstruction(llvm::Instruction& instruction);
  void AddStep(llvm::GetElementPtrInst& step);
  void AddCall(llvm::CallBase& call);
  bool AddCallee(llvm::CallBase& call, llvm::Function& callee);  // false: it was there
  void AddCallEdge(llvm::CallBase& call, llvm::Function& callee);
  void AddLibraryCall(llvm::CallBase& call);
  void AddUnknownCall(llvm::CallBase& call, bool is_library);
  void AddMemoryCopy(const llvm::Value* from, const llvm::Value* to, uint64_t size);
  void AddStore(Node value, const llvm::Value* pointer, uint64_t size);
  // The first allocation that is not told apart from this one.
  const llvm::Value* SharedSite(const llvm::Value* site);
  LeafId NewObject(const llvm::Value* site, uint8_t number = 0);
  // One round through all nodes; false if it changed nothing.
  bool Propagate(uint64_t& steps);
  void Apply(const Constraint& constraint, const LeafSet& fresh);
  void CopyLeaf(LeafId from, LeafId to, uint64_t size);

  llvm::Module& module_;
  const llvm::DataLayout& layout_;
  MemoryObjects objects_;
  bool is_cut_ = false;
  std::vector<NodeEntry> nodes_;
  std::vector<Node> merged_into_;  // of nodes_: itself, or another that stands for it
  Node thrown_ = 0;                // every exception
  llvm::DenseMap<const llvm::Value*, Node> value_nodes_;
  std::vector<Node> leaf_nodes_;
  // Initialisers refer to each other to any depth: no recursion.
  std::vector<std::pair<Node, const llvm::Constant*>> pending_constants_;
  bool adds_constants_ = false;
  std::set<std::pair<Node, Node>> copy_edges_;
  // Function, line and column of the allocation and of the calls that lead to it.
  using AllocationKey = std::vector<std::tuple<const llvm::DISubprogram*, unsigned, unsigned>>;
  std::map<AllocationKey, const llvm::Value*> shared_sites_;
  std::set<ObjectId> initialized_;
  llvm::SetVector<llvm::Function*> functions_;
  std::map<const llvm::CallBase*, std::vector<llvm::Function*>> callees_;
  std::map<const llvm::Function*, std::vector<llvm::CallBase*>> callers_;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_POINTS_TO_H_
