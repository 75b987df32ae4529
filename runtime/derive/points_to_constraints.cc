// What each instruction and each library function means for pointers (points_to.h).

#include <algorithm>

#include "llvm/IR/Constants.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "runtime/derive/library_models.h"
#include "runtime/derive/mark_sinks.h"
#include "runtime/derive/points_to.h"
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

}  // namespace

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

void PointsTo::AddPendingConstants() {
  if (adds_constants_) return;
  adds_constants_ = true;
  while (!pending_constants_.empty()) {
    const auto [node, constant] = pending_constants_.back();
    pending_constants_.pop_back();
    AddConstant(node, *constant);
  }
  adds_constants_ = false;
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
  // Asked for later, whether pointers pass here or not.
  for (const llvm::Value* operand : instruction.operand_values()) {
    if (llvm::isa<llvm::Constant>(operand) && operand->getType()->isPointerTy()) NodeOf(operand);
  }
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

bool PointsTo::AddCallee(llvm::CallBase& call, llvm::Function& callee) {
  std::vector<llvm::Function*>& callees = callees_[&call];
  if (std::count(callees.begin(), callees.end(), &callee) != 0) return false;
  callees.push_back(&callee);
  AddFunction(callee);
  return true;
}

void PointsTo::AddCallEdge(llvm::CallBase& call, llvm::Function& callee) {
  if (!AddCallee(call, callee)) return;
  callers_[&callee].push_back(&call);
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
    if (!to_content || (!has(effect.to.argument) && effect.to.argument != kReturnValue)) continue;
    const llvm::Value* to =
        effect.to.argument == kReturnValue ? &call : argument(effect.to.argument);
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
  struct Pointer {
    llvm::Value* value;
    uint64_t size;
  };
  std::vector<Pointer> pointers;
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    llvm::Value* argument = call.getArgOperand(i);
    if (!argument->getType()->isPointerTy()) continue;
    pointers.push_back({argument, call.getParamDereferenceableBytes(i)});
  }
  const bool returns_pointer = call.getType()->isPointerTy();
  if (returns_pointer) {
    Add(NodeOf(&call), NewObject(&call));
    for (const Pointer& pointer : pointers) AddCopy(NodeOf(pointer.value), NodeOf(&call));
  }
  if (!is_library) return;
  for (const Pointer& pointer : pointers) {
    const auto size = static_cast<int64_t>(pointer.size);
    if (returns_pointer) {
      AddConstraint(NodeOf(pointer.value), {Constraint::Kind::kLoad, false, NodeOf(&call), size});
    }
    for (const Pointer& other : pointers) {
      if (other.value == pointer.value) continue;
      AddMemoryCopy(pointer.value, other.value, pointer.size);
      AddStore(NodeOf(pointer.value), other.value, other.size);
    }
  }
}

}  // namespace flowmon
