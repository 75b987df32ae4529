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

uint64_t BytesOf(const llvm::DataLayout& layout, llvm::Type* type) {
  return type->isSized() ? FixedBytes(layout.getTypeStoreSize(type)) : 0;
}

uint64_t ConstantOr0(const llvm::Value* value) {
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(value);
  return number == nullptr ? 0 : number->getLimitedValue();
}

bool MayCarryPointer(const llvm::Value& value) {
  const llvm::Type* type = value.getType();
  return type->isPtrOrPtrVectorTy() || type->isAggregateType() || type->isIntegerTy(64);
}

// An allocation is told apart by where it is and by so many calls that lead to it: enough for an
// allocating function around malloc(), and no object for each copy that inlining makes.
constexpr int kAllocationContext = 3;

// A pointer to scalars that is kept after a step will be stepped again: it stays in its array.
// Others, as `(char*)object + 16`, reach a field.
bool WalksThroughArray(const llvm::GetElementPtrInst& step) {
  return !step.getSourceElementType()->isAggregateType() &&
         std::any_of(step.user_begin(), step.user_end(), [&](const llvm::User* user) {
           const auto* store = llvm::dyn_cast<llvm::StoreInst>(user);
           return llvm::isa<llvm::PHINode, llvm::SelectInst, llvm::CallBase, llvm::ReturnInst>(
                      user) ||
                  (store != nullptr && store->getValueOperand() == &step);
         });
}

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

// The library of C++ is not known function by function: what goes in may come out.
bool IsCxxLibrary(llvm::StringRef name) {
  return StartsWith(name, "_ZNSt") || StartsWith(name, "_ZNKSt") || StartsWith(name, "_ZSt");
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
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(value)) AddConstant(node, *constant);
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

const llvm::Value* PointsTo::SharedSite(const llvm::Value* site) {
  const auto* call = llvm::dyn_cast<llvm::CallBase>(site);
  const llvm::DILocation* loc = call == nullptr ? nullptr : call->getDebugLoc().get();
  AllocationKey key;
  for (int i = 0; loc != nullptr && i < kAllocationContext; ++i, loc = loc->getInlinedAt()) {
    key.push_back({loc->getScope()->getSubprogram(), loc->getLine(), loc->getColumn()});
  }
  return key.empty() ? site : shared_sites_.try_emplace(std::move(key), site).first->second;
}

LeafId PointsTo::NewObject(const llvm::Value* site, uint8_t number) {
  site = SharedSite(site);
  using Kind = MemoryObject::Kind;
  Kind kind = Kind::kUnknown;
  if (llvm::isa<llvm::AllocaInst>(site)) kind = Kind::kStack;
  if (llvm::isa<llvm::GlobalVariable>(site)) kind = Kind::kGlobal;
  if (llvm::isa<llvm::Function>(site)) kind = Kind::kFunction;
  if (llvm::isa<llvm::CallBase>(site)) kind = Kind::kHeap;
  return objects_.Leaf(objects_.Make(kind, site, number), 0);
}

void PointsTo::AddConstant(Node node, const llvm::Constant& constant) {
  if (const auto* alias = llvm::dyn_cast<llvm::GlobalAlias>(&constant)) {
    return AddCopy(NodeOf(alias->getAliasee()), node);
  }
  if (const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(&constant)) {
    const LeafId leaf = NewObject(global);
    Add(node, leaf);
    const ObjectId object = objects_.ObjectOf(leaf);
    if (global->hasInitializer() && initialized_.insert(object).second) {
      AddInitializer(object, *global->getInitializer(), 0);
    }
  } else if (llvm::isa<llvm::Function>(constant)) {
    Add(node, NewObject(&constant));
  } else if (const auto* expression = llvm::dyn_cast<llvm::ConstantExpr>(&constant)) {
    if (!expression->getType()->isPointerTy()) {
      for (const llvm::Use& operand : expression->operands()) AddCopy(NodeOf(operand), node);
      return;
    }
    llvm::APInt offset(layout_.getIndexTypeSizeInBits(expression->getType()), 0);
    const llvm::Value* base =
        expression->stripAndAccumulateConstantOffsets(layout_, offset, /*AllowNonInbounds=*/true);
    if (base == expression) {
      for (const llvm::Use& operand : expression->operands()) AddCopy(NodeOf(operand), node);
    } else {
      AddConstraint(NodeOf(base), {Constraint::Kind::kStep, false, node, offset.getSExtValue()});
    }
  } else if (llvm::isa<llvm::ConstantAggregate>(constant)) {
    for (const llvm::Use& operand : constant.operands()) AddCopy(NodeOf(operand), node);
  }
}

void PointsTo::AddInitializer(ObjectId object, const llvm::Constant& value, uint64_t offset) {
  if (value.getType()->isPointerTy()) {
    if (value.isNullValue()) return;
    AddCopy(NodeOf(&value), NodeOfLeaf(objects_.Leaf(object, static_cast<int64_t>(offset))));
    return;
  }
  if (!llvm::isa<llvm::ConstantAggregate>(value)) return;
  auto* record = llvm::dyn_cast<llvm::StructType>(value.getType());
  for (unsigned i = 0; i < value.getNumOperands(); ++i) {
    const auto* element = llvm::cast<llvm::Constant>(value.getOperand(i));
    const uint64_t start =
        record != nullptr
            ? static_cast<uint64_t>(layout_.getStructLayout(record)->getElementOffset(i))
            : i * static_cast<uint64_t>(layout_.getTypeAllocSize(element->getType()));
    AddInitializer(object, *element, offset + start);
  }
}

void PointsTo::AddFunction(llvm::Function& function) {
  if (function.isDeclaration() || !functions_.insert(&function)) return;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) AddInstruction(instruction);
  }
}

void PointsTo::AddInstruction(llvm::Instruction& instruction) {
  if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) return AddCall(*call);
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    if (!MayCarryPointer(*load)) return;
    const auto size = static_cast<int64_t>(BytesOf(layout_, load->getType()));
    return AddConstraint(NodeOf(load->getPointerOperand()),
                         {Constraint::Kind::kLoad, false, NodeOf(load), size});
  }
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    if (!MayCarryPointer(*store->getValueOperand())) return;
    return AddStore(NodeOf(store->getValueOperand()), store->getPointerOperand(),
                    BytesOf(layout_, store->getValueOperand()->getType()));
  }
  if (llvm::isa<llvm::AllocaInst>(instruction)) {
    return Add(NodeOf(&instruction), NewObject(&instruction));
  }
  if (auto* step = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) return AddStep(*step);
  if (!MayCarryPointer(instruction)) return;
  switch (instruction.getOpcode()) {
    case llvm::Instruction::BitCast:
    case llvm::Instruction::AddrSpaceCast:
    case llvm::Instruction::PtrToInt:
    case llvm::Instruction::IntToPtr:
    case llvm::Instruction::PHI:
    case llvm::Instruction::Select:
    case llvm::Instruction::Freeze:
    case llvm::Instruction::ExtractValue:
    case llvm::Instruction::InsertValue:
    case llvm::Instruction::Add:
    case llvm::Instruction::And:
    case llvm::Instruction::Or:
      for (const llvm::Use& operand : instruction.operands()) {
        if (!MayCarryPointer(*operand) || llvm::isa<llvm::ConstantInt>(operand)) continue;
        AddCopy(NodeOf(operand), NodeOf(&instruction));
      }
      return;
    default:
      return;
  }
}

void PointsTo::AddStep(llvm::GetElementPtrInst& step) {
  Constraint constraint{Constraint::Kind::kStep, false, NodeOf(&step)};
  constraint.type = step.getSourceElementType();
  if (WalksThroughArray(step)) {
    constraint.is_variable = true;
    return AddConstraint(NodeOf(step.getPointerOperand()), constraint);
  }
  for (auto part = llvm::gep_type_begin(step); part != llvm::gep_type_end(step); ++part) {
    const auto* index = llvm::dyn_cast<llvm::ConstantInt>(part.getOperand());
    if (llvm::StructType* record = part.getStructTypeOrNull()) {
      const auto field = static_cast<unsigned>(ConstantOr0(part.getOperand()));
      constraint.number +=
          static_cast<int64_t>(layout_.getStructLayout(record)->getElementOffset(field));
    } else if (index == nullptr) {
      constraint.is_variable = true;
    } else {
      constraint.number +=
          index->getSExtValue() *
          static_cast<int64_t>(FixedBytes(layout_.getTypeAllocSize(part.getIndexedType())));
    }
  }
  AddConstraint(NodeOf(step.getPointerOperand()), constraint);
}

void PointsTo::AddStore(Node value, const llvm::Value* pointer, uint64_t size) {
  AddConstraint(NodeOf(pointer),
                {Constraint::Kind::kStore, false, value, static_cast<int64_t>(size)});
}

void PointsTo::AddMemoryCopy(const llvm::Value* from, const llvm::Value* to, uint64_t size) {
  const auto bytes = static_cast<int64_t>(size);
  AddConstraint(NodeOf(from), {Constraint::Kind::kCopyTo, false, NodeOf(to), bytes});
  AddConstraint(NodeOf(to), {Constraint::Kind::kCopyFrom, false, NodeOf(from), bytes});
}

void PointsTo::AddCall(llvm::CallBase& call) {
  SinkMarker marker;
  if (ReadSinkMarker(call, marker)) {
    for (const llvm::Value* argument : call.args()) {
      if (argument->getType()->isPointerTy()) NodeOf(argument);  // to be asked for
    }
    return;
  }
  if (call.isInlineAsm()) return;
  const llvm::Value* target = call.getCalledOperand()->stripPointerCasts();
  if (const auto* alias = llvm::dyn_cast<llvm::GlobalAlias>(target)) {
    target = alias->getAliaseeObject();
  }
  const auto* callee = llvm::dyn_cast<llvm::Function>(target);
  if (callee == nullptr) {
    Constraint constraint{Constraint::Kind::kCall};
    constraint.call = &call;
    return AddConstraint(NodeOf(call.getCalledOperand()), constraint);
  }
  if (callee->isDeclaration()) return AddLibraryCall(call);
  AddCallEdge(call, const_cast<llvm::Function&>(*callee));
}

void PointsTo::AddCallEdge(llvm::CallBase& call, llvm::Function& callee) {
  std::vector<llvm::Function*>& callees = callees_[&call];
  if (std::count(callees.begin(), callees.end(), &callee) != 0) return;
  callees.push_back(&callee);
  callers_[&callee].push_back(&call);
  AddFunction(callee);
  for (llvm::Argument& argument : callee.args()) {
    if (argument.getArgNo() >= call.arg_size()) break;
    AddCopy(NodeOf(call.getArgOperand(argument.getArgNo())), NodeOf(&argument));
  }
  for (llvm::BasicBlock& block : callee) {
    const auto* end = llvm::dyn_cast<llvm::ReturnInst>(block.getTerminator());
    if (end == nullptr || end->getReturnValue() == nullptr) continue;
    AddCopy(NodeOf(end->getReturnValue()), NodeOf(&call));
  }
}

void PointsTo::AddLibraryCall(llvm::CallBase& call) {
  const std::string name = LibraryName(call);
  // What is thrown anywhere may be caught anywhere.
  if (name == "__cxa_throw") return AddCopy(NodeOf(call.getArgOperand(0)), thrown_);
  if (name == "__cxa_begin_catch") return AddCopy(thrown_, NodeOf(&call));
  const LibraryModel* model = FindLibraryModel(name);
  if (model == nullptr) return AddUnknownCall(call, IsCxxLibrary(name));
  const auto has = [&](int8_t i) { return i >= 0 && static_cast<unsigned>(i) < call.arg_size(); };
  const auto argument = [&](int8_t i) { return call.getArgOperand(static_cast<unsigned>(i)); };
  if (call.getType()->isPointerTy()) {
    if (model->returns == LibraryModel::Pointer::kNew) Add(NodeOf(&call), NewObject(&call));
    if (model->returns == LibraryModel::Pointer::kArgument && has(model->argument)) {
      AddCopy(NodeOf(argument(model->argument)), NodeOf(&call));
    }
  }
  for (const Effect& effect : model->effects) {
    const bool to_content = effect.to.kind == Port::Kind::kContent;
    if (!to_content || (!has(effect.to.argument) && effect.to.argument != kReturned)) continue;
    const llvm::Value* to = effect.to.argument == kReturned ? &call : argument(effect.to.argument);
    if (!to->getType()->isPointerTy() || !has(effect.from.argument)) continue;
    const llvm::Value* from = argument(effect.from.argument);
    if (effect.from.kind == Port::Kind::kContent) {
      const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&call);
      AddMemoryCopy(from, to, copy == nullptr ? 0 : ConstantOr0(copy->getLength()));
    } else if (effect.from.kind == Port::Kind::kValue && from->getType()->isPointerTy()) {
      AddStore(NodeOf(from), to, 8);
    }
  }
  for (const Port& made : {model->source, model->effects[0].to}) {
    if (made.kind != Port::Kind::kPointee || !has(made.argument)) continue;
    const Node block = NodeOf(&call);
    Add(block, NewObject(&call));
    AddStore(block, argument(made.argument), 8);
  }
  if (has(model->callback)) {
    Constraint constraint{Constraint::Kind::kCall};
    constraint.call = &call;
    AddConstraint(NodeOf(argument(model->callback)), constraint);
  }
}

void PointsTo::AddUnknownCall(llvm::CallBase& call, bool is_library) {
  std::vector<llvm::Value*> pointers;
  for (llvm::Value* argument : call.args()) {
    if (argument->getType()->isPointerTy()) pointers.push_back(argument);
  }
  if (call.getType()->isPointerTy()) {
    Add(NodeOf(&call), NewObject(&call));
    for (const llvm::Value* pointer : pointers) AddCopy(NodeOf(pointer), NodeOf(&call));
  }
  if (!is_library) return;
  for (const llvm::Value* pointer : pointers) {
    if (call.getType()->isPointerTy()) {
      AddConstraint(NodeOf(pointer), {Constraint::Kind::kLoad, false, NodeOf(&call), 8});
    }
    for (const llvm::Value* other : pointers) {
      if (other == pointer) continue;
      AddMemoryCopy(pointer, other, 0);
      AddStore(NodeOf(pointer), other, 8);
    }
  }
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
        // A callback: all its pointers point into what argument 0 points to.
        callees_[constraint.call].push_back(callee);
        callers_[callee];
        AddFunction(*callee);
        for (llvm::Argument& argument : callee->args()) {
          AddCopy(NodeOf(constraint.call->getArgOperand(0)), NodeOf(&argument));
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
  const auto first = static_cast<unsigned>(port.argument);
  if (port.argument == kReturned) return Touched(&call, 0);
  const unsigned end = port.kind == Port::Kind::kRest ? call.arg_size() : first + 1;
  for (unsigned i = first; i < std::min<unsigned>(end, call.arg_size()); ++i) {
    const llvm::Value* argument = call.getArgOperand(i);
    touched.merge(port.kind == Port::Kind::kPointee ? TouchedByPointee(*argument)
                                                    : Touched(argument, 0));
  }
  return touched;
}

const std::vector<llvm::Function*>& PointsTo::Callees(const llvm::CallBase& call) const {
  static const auto* const kNone = new std::vector<llvm::Function*>;
  const auto found = callees_.find(&call);
  return found == callees_.end() ? *kNone : found->second;
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
