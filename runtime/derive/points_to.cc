#include "runtime/derive/points_to.h"

#include <algorithm>

#include "llvm/IR/Constants.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "runtime/derive/mark_sinks.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {
namespace {

// The types fit as far as a compiler would insist.
bool MayCall(const llvm::CallBase& call, const llvm::Function& callee) {
  if (callee.arg_size() > call.arg_size()) return false;
  if (callee.arg_size() < call.arg_size() && !callee.isVarArg()) return false;
  if (!call.getType()->isVoidTy() &&
      call.getType()->getTypeID() != callee.getReturnType()->getTypeID()) {
    return false;
  }
  return std::all_of(callee.arg_begin(), callee.arg_end(), [&](const llvm::Argument& argument) {
    const llvm::Type* given = call.getArgOperand(argument.getArgNo())->getType();
    return given->isPointerTy() == argument.getType()->isPointerTy();
  });
}

}  // namespace

PointsTo::PointsTo(llvm::Module& module, std::span<llvm::Function* const> entries,
                   MemoryObjects::Types learned_types)
    : module_(module), layout_(module.getDataLayout()), objects_(layout_) {
  objects_.set_learned_types(std::move(learned_types));
  AddNode();  // thrown_
  for (llvm::Function* entry : entries) {
    for (llvm::Argument& argument : entry->args()) {
      if (!argument.getType()->isPointerTy()) continue;
      // Strings of argv: a pointer to pointers to unknown memory.
      const LeafId outer = NewObject(&argument);
      const LeafId inner = NewObject(&argument, 1);
      Add(NodeOf(&argument), outer);
      if (entry->getName() == "main") Add(NodeOfLeaf(outer), inner);
    }
    AddFunction(*entry);
  }
}

void PointsTo::AddNode() {
  merged_into_.push_back(static_cast<Node>(nodes_.size()));
  nodes_.emplace_back();
}

PointsTo::Node PointsTo::Find(Node node) const {
  while (merged_into_[node] != node) node = merged_into_[node];
  return node;
}

PointsTo::Node PointsTo::NodeOf(const llvm::Value* value) {
  const auto [entry, is_new] = value_nodes_.try_emplace(value, static_cast<Node>(nodes_.size()));
  const Node node = entry->second;
  if (is_new) {
    AddNode();
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(value)) {
      pending_constants_.emplace_back(node, constant);
      AddPendingConstants();
    }
  }
  return Find(node);
}

PointsTo::Node PointsTo::NodeOfLeaf(LeafId leaf) {
  constexpr Node kNone = ~Node{0};
  if (leaf_nodes_.size() <= leaf) leaf_nodes_.resize(leaf + 1, kNone);
  if (leaf_nodes_[leaf] == kNone) {
    leaf_nodes_[leaf] = static_cast<Node>(nodes_.size());
    AddNode();
  }
  return Find(leaf_nodes_[leaf]);
}

void PointsTo::Add(Node node, LeafId leaf) { nodes_[node].leaves.set(leaf); }

void PointsTo::AddCopy(Node from, Node to) {
  if (from == to || !copy_edges_.emplace(from, to).second) return;
  nodes_[from].copies.push_back(to);
  nodes_[to].leaves |= nodes_[from].leaves;
}

void PointsTo::AddConstraint(Node node, const Constraint& constraint) {
  nodes_[node].constraints.push_back(constraint);
  const LeafSet known = nodes_[node].done;
  if (!known.empty()) Apply(constraint, known);
}

void PointsTo::CopyLeaf(LeafId from, LeafId to, uint64_t size) {
  const auto base = static_cast<int64_t>(objects_.OffsetOf(from));
  if (objects_.object(objects_.ObjectOf(from)).type == nullptr) {
    for (LeafId touched : objects_.Touched(to, size))
      AddCopy(NodeOfLeaf(from), NodeOfLeaf(touched));
    return;
  }
  const std::vector<LeafId> origins = objects_.Touched(from, size);
  for (LeafId leaf : origins) {
    const int64_t delta = static_cast<int64_t>(objects_.OffsetOf(leaf)) - base;
    AddCopy(NodeOfLeaf(leaf), NodeOfLeaf(objects_.Step(to, delta, false)));
  }
}

void PointsTo::Apply(const Constraint& constraint, const LeafSet& fresh) {
  const Node other = Find(constraint.other);
  const auto size = static_cast<uint64_t>(constraint.number);
  for (const LeafId leaf : fresh) {
    switch (constraint.kind) {
      case Constraint::Kind::kLoad:
        for (LeafId touched : objects_.Touched(leaf, size)) {
          AddCopy(NodeOfLeaf(touched), other);
        }
        break;
      case Constraint::Kind::kStore:
        for (LeafId touched : objects_.Touched(leaf, size)) {
          AddCopy(other, NodeOfLeaf(touched));
        }
        break;
      case Constraint::Kind::kStep:
        if (constraint.type != nullptr) {
          if (!objects_.MayHold(leaf, constraint.type)) break;
          objects_.LearnType(leaf, constraint.type);
        }
        Add(other, objects_.Step(leaf, constraint.number, constraint.is_variable));
        break;
      case Constraint::Kind::kCopyTo: {
        const LeafSet targets = nodes_[other].leaves;
        for (const LeafId to : targets) CopyLeaf(leaf, to, size);
        break;
      }
      case Constraint::Kind::kCopyFrom: {
        const LeafSet origins = nodes_[other].leaves;
        for (const LeafId from : origins) CopyLeaf(from, leaf, size);
        break;
      }
      case Constraint::Kind::kCall: {
        const MemoryObject& object = objects_.object(objects_.ObjectOf(leaf));
        if (object.kind != MemoryObject::Kind::kFunction) break;
        auto* callee = llvm::cast<llvm::Function>(const_cast<llvm::Value*>(object.site));
        if (callee->isDeclaration()) break;
        if (constraint.call->getCalledFunction() == nullptr) {
          if (!MayCall(*constraint.call, *callee)) break;
          AddCallEdge(*constraint.call, *callee);
          break;
        }
        // A callback, which returns nothing to the caller.
        const llvm::Value* data = CallbackData(*constraint.call);
        if (data == nullptr || !AddCallee(*constraint.call, *callee)) break;
        for (llvm::Argument& argument : callee->args()) {
          if (argument.getType()->isPointerTy()) AddCopy(NodeOf(data), NodeOf(&argument));
        }
        break;
      }
    }
  }
}

// Tarjan's algorithm, without recursion: nodes that copy from each other become one. Returns all
// nodes that are left, those that are copied from first.
std::vector<PointsTo::Node> PointsTo::MergeCycles() {
  constexpr uint32_t kUnseen = 0;
  std::vector<uint32_t> number(nodes_.size(), kUnseen), low(nodes_.size());
  std::vector<bool> is_open(nodes_.size());
  std::vector<Node> open, order;
  std::vector<std::pair<Node, size_t>> path;  // with the next copy to look at
  uint32_t next = 0;
  for (Node root = 0; root < nodes_.size(); ++root) {
    if (merged_into_[root] != root || number[root] != kUnseen) continue;
    path.emplace_back(root, 0);
    while (!path.empty()) {
      const Node node = path.back().first;
      if (path.back().second == 0) {
        number[node] = low[node] = ++next;
        open.push_back(node);
        is_open[node] = true;
      }
      if (path.back().second < nodes_[node].copies.size()) {
        const Node to = Find(nodes_[node].copies[path.back().second++]);
        if (number[to] == kUnseen) {
          path.emplace_back(to, 0);
        } else if (is_open[to]) {
          low[node] = std::min(low[node], number[to]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) {
        const Node from = path.back().first;
        low[from] = std::min(low[from], low[node]);
      }
      if (low[node] != number[node]) continue;
      for (Node member = ~node; member != node;) {
        member = open.back();
        open.pop_back();
        is_open[member] = false;
        if (member != node) Merge(member, node);
      }
      order.push_back(node);
    }
  }
  for (Node& into : merged_into_) into = Find(into);
  std::reverse(order.begin(), order.end());
  return order;
}

void PointsTo::Merge(Node node, Node into) {
  NodeEntry from = std::move(nodes_[node]);
  nodes_[node] = NodeEntry();
  NodeEntry& to = nodes_[into];
  merged_into_[node] = into;
  to.leaves |= from.leaves;
  to.done &= from.done;
  to.copies.insert(to.copies.end(), from.copies.begin(), from.copies.end());
  to.constraints.insert(to.constraints.end(), from.constraints.begin(), from.constraints.end());
}

bool PointsTo::Propagate(uint64_t& steps) {
  const std::vector<Node> order = MergeCycles();
  for (const Node node : order) {
    for (const Node to : nodes_[node].copies) {
      if (Find(to) != node) nodes_[Find(to)].leaves |= nodes_[node].leaves;
    }
    steps += nodes_[node].copies.size();
  }
  bool has_changed = false;
  for (const Node node : order) {
    LeafSet fresh;
    fresh.intersectWithComplement(nodes_[node].leaves, nodes_[node].done);
    if (fresh.empty()) continue;
    has_changed = true;
    nodes_[node].done |= fresh;
    // Applying may add nodes and constraints: no references into nodes_ are kept.
    const size_t num_constraints = nodes_[node].constraints.size();
    steps += num_constraints * fresh.count();
    for (size_t i = 0; i < num_constraints; ++i) {
      const Constraint constraint = nodes_[node].constraints[i];
      Apply(constraint, fresh);
    }
  }
  return has_changed;
}

std::unique_ptr<PointsTo> PointsTo::Solve(llvm::Module& module,
                                          std::span<llvm::Function* const> entries,
                                          uint64_t max_steps) {
  uint64_t steps = 0;
  MemoryObjects::Types types;
  while (true) {
    auto memory = std::unique_ptr<PointsTo>(new PointsTo(module, entries, types));
    while (!memory->objects_.has_learned() && !memory->is_cut_ && memory->Propagate(steps)) {
      memory->is_cut_ = steps > max_steps;
    }
    if (!memory->objects_.has_learned() || memory->is_cut_) return memory;
    types = memory->objects_.learned_types();
  }
}

const LeafSet& PointsTo::Of(const llvm::Value* pointer) const {
  static const LeafSet* const kEmpty = new LeafSet;
  const auto found = value_nodes_.find(pointer);
  return found == value_nodes_.end() ? *kEmpty : nodes_[Find(found->second)].leaves;
}

std::set<LeafId> PointsTo::Touched(const llvm::Value* pointer, uint64_t size) {
  std::set<LeafId> touched;
  for (const LeafId leaf : Of(pointer)) {
    const std::vector<LeafId>& leaves = objects_.Touched(leaf, size);
    touched.insert(leaves.begin(), leaves.end());
  }
  return touched;
}

std::set<LeafId> PointsTo::Filled(const llvm::Value* pointer, uint64_t size) {
  std::set<LeafId> filled;
  for (const LeafId leaf : Of(pointer)) {
    const bool is_whole = size == 0 && objects_.OffsetOf(leaf) == 0;
    const std::vector<LeafId>& leaves =
        objects_.Touched(leaf, is_whole ? MemoryObjects::kToEnd : size);
    filled.insert(leaves.begin(), leaves.end());
  }
  return filled;
}

std::map<LeafId, uint64_t> PointsTo::TouchedAt(const llvm::Value* pointer, uint64_t size) {
  std::map<LeafId, uint64_t> touched;
  for (const LeafId base : Of(pointer)) {
    for (const LeafId leaf : objects_.Touched(base, size)) {
      touched.emplace(leaf, objects_.OffsetOf(leaf) - objects_.OffsetOf(base));
    }
  }
  return touched;
}

std::set<LeafId> PointsTo::TouchedByPointee(const llvm::Value& pointer) {
  std::set<LeafId> behind;
  for (const LeafId leaf : Touched(&pointer, 0)) {
    for (const LeafId next : nodes_[NodeOfLeaf(leaf)].leaves) behind.insert(next);
  }
  return behind;
}

std::set<LeafId> PointsTo::TouchedBy(const llvm::CallBase& call, Port port) {
  std::set<LeafId> touched;
  if (port.argument == kReturnValue) return Touched(&call, 0);
  const auto first = static_cast<unsigned>(int{port.argument});
  const unsigned end = port.kind == Port::Kind::kRest ? call.arg_size() : first + 1;
  for (unsigned i = first; i < std::min<unsigned>(end, call.arg_size()); ++i) {
    const llvm::Value* argument = call.getArgOperand(i);
    touched.merge(port.kind == Port::Kind::kPointee
                      ? TouchedByPointee(*argument)
                      : Touched(argument, call.getParamDereferenceableBytes(i)));
  }
  return touched;
}

const std::vector<llvm::Function*>& PointsTo::Callees(const llvm::CallBase& call) const {
  static const auto* const kNone = new std::vector<llvm::Function*>;
  const auto found = callees_.find(&call);
  return found == callees_.end() ? *kNone : found->second;
}

const llvm::Value* PointsTo::CallbackData(const llvm::CallBase& call) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr || !callee->isDeclaration()) return nullptr;
  const LibraryModel* model = FindLibraryModel(LibraryName(call));
  const bool has_data = model != nullptr && model->callback >= 0 &&
                        static_cast<unsigned>(model->argument) < call.arg_size();
  return has_data ? call.getArgOperand(static_cast<unsigned>(model->argument)) : nullptr;
}

std::vector<llvm::Function*> PointsTo::Targets(const llvm::CallBase& call) const {
  std::vector<llvm::Function*> targets;
  for (const LeafId leaf : Of(call.getCalledOperand())) {
    const MemoryObject& object = objects_.object(objects_.ObjectOf(leaf));
    if (object.kind != MemoryObject::Kind::kFunction) continue;
    targets.push_back(llvm::cast<llvm::Function>(const_cast<llvm::Value*>(object.site)));
  }
  return targets;
}

const std::vector<llvm::CallBase*>& PointsTo::Callers(const llvm::Function& function) const {
  static const auto* const kNone = new std::vector<llvm::CallBase*>;
  const auto found = callers_.find(&function);
  return found == callers_.end() ? *kNone : found->second;
}

}  // namespace flowmon
