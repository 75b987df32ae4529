#include "runtime/derive/mark_sinks.h"

#include <set>
#include <utility>

#include "flowdb/str_cat.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/IRBuilder.h"
#include "runtime/derive/library_models.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {
namespace {

constexpr char kMarkerName[] = "flowmon.sink";

// A counter of the loop, perhaps with a constant added and widened: a value of the header that each
// round changes by a step.
const llvm::PHINode* CounterOf(const llvm::Value* value, const llvm::Loop& loop) {
  for (int depth = 0; depth < 8; ++depth) {
    if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(value)) {
      if (phi->getParent() != loop.getHeader()) return nullptr;
      for (const llvm::Value* next : phi->incoming_values()) {
        const auto* step = llvm::dyn_cast<llvm::Instruction>(next);
        if (step == nullptr || !loop.contains(step)) continue;
        if (llvm::isa<llvm::BinaryOperator, llvm::GetElementPtrInst>(step)) return phi;
        if (llvm::isa<llvm::CastInst, llvm::PHINode>(step)) return phi;
      }
      return nullptr;
    }
    const auto* step = llvm::dyn_cast<llvm::Instruction>(value);
    if (step == nullptr) return nullptr;
    const bool has_constant =
        llvm::isa<llvm::BinaryOperator>(step) && llvm::isa<llvm::ConstantInt>(step->getOperand(1));
    if (!has_constant && !llvm::isa<llvm::CastInst, llvm::GetElementPtrInst>(step)) return nullptr;
    value = step->getOperand(0);
  }
  return nullptr;
}

// Such as a literal.
bool IsConstantMemory(const llvm::Value* pointer) {
  const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(llvm::getUnderlyingObject(pointer));
  return llvm::isa<llvm::ConstantPointerNull>(pointer) ||
         (global != nullptr && global->isConstant());
}

// The function returns a reference, which its caller is bound to use.
bool ReturnsReference(const llvm::Function& function) {
  const llvm::DISubroutineType* type = function.getSubprogram()->getType();
  if (type == nullptr || type->getTypeArray().size() == 0) return false;
  const llvm::DIType* returned = type->getTypeArray()[0];
  while (returned != nullptr && returned->getTag() == llvm::dwarf::DW_TAG_typedef) {
    returned = llvm::cast<llvm::DIDerivedType>(returned)->getBaseType();
  }
  return returned != nullptr && (returned->getTag() == llvm::dwarf::DW_TAG_reference_type ||
                                 returned->getTag() == llvm::dwarf::DW_TAG_rvalue_reference_type);
}

// One of several objects, as in &table[i]; not just a position in a text.
bool SelectsObject(const llvm::Value* pointer) {
  const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(pointer->stripPointerCasts());
  return gep != nullptr && gep->getSourceElementType()->isAggregateType();
}

class Marker {
 public:
  Marker(llvm::Module& module, const FunctionRules& functions)
      : functions_(functions),
        layout_(module.getDataLayout()),
        function_(module.getOrInsertFunction(
            kMarkerName, llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()),
                                                 /*isVarArg=*/true))) {}

  void MarkFunction(llvm::Function& function) {
    marked_.clear();
    const llvm::DominatorTree dominators(function);
    const llvm::LoopInfo loops(dominators);
    std::vector<llvm::Instruction*> instructions;
    for (llvm::BasicBlock& block : function) {
      if (!dominators.isReachableFromEntry(&block)) continue;
      for (llvm::Instruction& instruction : block) instructions.push_back(&instruction);
    }
    for (llvm::Instruction* instruction : instructions) MarkAt(*instruction);
    for (const llvm::Loop* loop : loops.getLoopsInPreorder()) MarkBounds(*loop);
  }

  std::vector<Sink> Finish() { return std::move(sinks_); }

 private:
  void Mark(Sink sink, llvm::Instruction& before, const llvm::DebugLoc& loc, llvm::Value* operand,
            llvm::Value* base = nullptr) {
    if (!loc || loc.getLine() == 0) return;
    if (llvm::isa<llvm::Constant>(operand) && (!sink.is_content || IsConstantMemory(operand))) {
      return;
    }
    llvm::IRBuilder<> builder(&before);
    builder.SetCurrentDebugLocation(loc);
    std::vector<llvm::Value*> operands = {builder.getInt32(static_cast<uint32_t>(sinks_.size())),
                                          operand};
    if (base != nullptr) operands.push_back(base);
    llvm::CallInst* call = builder.CreateCall(function_, operands);
    call->setDoesNotThrow();
    call->addFnAttr(llvm::Attribute::WillReturn);
    SetOnlyInaccessibleMemory(*call);
    for (unsigned i = 1; i < operands.size(); ++i) {
      if (!operands[i]->getType()->isPointerTy()) continue;
      call->addParamAttr(i, llvm::Attribute::NoCapture);
      call->addParamAttr(i, llvm::Attribute::ReadNone);
    }
    sinks_.push_back(std::move(sink));
  }

  void MarkAt(llvm::Instruction& instruction) {
    switch (instruction.getOpcode()) {
      case llvm::Instruction::UDiv:
      case llvm::Instruction::SDiv:
      case llvm::Instruction::URem:
      case llvm::Instruction::SRem:
        return Mark({Rule::kDivision, "divisor", false, ""}, instruction, instruction.getDebugLoc(),
                    instruction.getOperand(1));
      case llvm::Instruction::Alloca:
        return Mark({Rule::kAllocationSize, "size", false, ""}, instruction,
                    instruction.getDebugLoc(), instruction.getOperand(0));
      case llvm::Instruction::Load:
        return MarkIndices(instruction, instruction.getOperand(0));
      case llvm::Instruction::Ret:
        if (instruction.getNumOperands() == 1 &&
            instruction.getOperand(0)->getType()->isPointerTy()) {
          llvm::Value* returned = instruction.getOperand(0);
          if (ReturnsReference(*instruction.getFunction()) || SelectsObject(returned)) {
            MarkIndices(instruction, returned);
          }
        }
        return;
      case llvm::Instruction::Store:
        return MarkIndices(instruction, instruction.getOperand(1));
      default:
        if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) MarkCall(*call);
    }
  }

  // The user's own sink functions.
  void MarkNamed(llvm::CallBase& call) {
    const llvm::Function* callee = call.getCalledFunction();
    const FunctionRule* rule =
        callee == nullptr ? nullptr : functions_.Find(FunctionRole::kSink, callee->getName().str());
    if (rule == nullptr) return;
    using Kind = DataRule::Kind;
    const Kind kind = rule->data.kind;
    const bool is_content = kind != Kind::kValue && kind != Kind::kSize;
    const bool is_text = kind == Kind::kText || kind == Kind::kPointeeText;
    const int8_t argument = kind == Kind::kSize ? rule->data.size.a : rule->data.argument;
    if (argument < 0 || static_cast<unsigned>(argument) >= call.arg_size()) return;
    llvm::Value* operand = call.getArgOperand(static_cast<unsigned>(argument));
    if (is_content && !operand->getType()->isPointerTy()) return;
    if (kind == Kind::kPointeeBytes || kind == Kind::kPointeeText) {
      llvm::IRBuilder<> builder(&call);
      operand = LoadPointer(builder, operand);
    }
    std::string data = is_text ? "text" : is_content ? "bytes" : StrCat("argument:", argument);
    if (kind == Kind::kSize) data = "size";
    Mark({Rule::kFunction, std::move(data), is_content, QualifiedName(callee->getName().str())},
         call, call.getDebugLoc(), operand);
  }

  void MarkCall(llvm::CallBase& call) {
    MarkNamed(call);
    const std::string name = LibraryName(call);
    if (llvm::isa<llvm::DbgInfoIntrinsic>(call) || call.getFunction()->getName() == name) return;
    const LibraryModel* model = FindLibraryModel(name);
    const bool copies = model != nullptr && model->effects[0].to.kind == Port::Kind::kContent &&
                        model->effects[0].to.argument >= 0;
    for (const LibrarySink& sink : FindLibrarySinks(name)) {
      if (static_cast<unsigned>(sink.port.argument) >= call.arg_size()) continue;
      const bool is_content = sink.port.kind == Port::Kind::kContent;
      llvm::Value* operand = call.getArgOperand(static_cast<unsigned>(sink.port.argument));
      if (is_content != operand->getType()->isPointerTy()) continue;
      llvm::Value* base = sink.rule == Rule::kCopySize ? call.getArgOperand(0) : nullptr;
      Mark({sink.rule, std::string(sink.data), is_content, name}, call, call.getDebugLoc(), operand,
           base);
    }
    for (llvm::Value* argument : call.args()) {
      if (!argument->getType()->isPointerTy()) continue;
      if (copies || (model == nullptr && SelectsObject(argument))) MarkIndices(call, argument);
    }
  }

  // Every variable index on the way to `pointer`, which is dereferenced at `access`.
  void MarkIndices(llvm::Instruction& access, llvm::Value* pointer) {
    while (true) {
      if (auto* cast = llvm::dyn_cast<llvm::BitCastInst>(pointer)) {
        pointer = cast->getOperand(0);
        continue;
      }
      auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(pointer);
      if (gep == nullptr) return;
      // What checks one access need not check another.
      if (marked_.emplace(gep, access.getParent()).second) MarkIndicesOf(*gep, access);
      pointer = gep->getPointerOperand();
    }
  }

  void MarkIndicesOf(llvm::GetElementPtrInst& gep, llvm::Instruction& access) {
    const llvm::DebugLoc& loc = gep.getDebugLoc() ? gep.getDebugLoc() : access.getDebugLoc();
    const llvm::Type* container = nullptr;  // the first index steps from object to object
    for (auto step = llvm::gep_type_begin(gep); step != llvm::gep_type_end(gep); ++step) {
      const auto* array =
          llvm::dyn_cast_or_null<llvm::ArrayType>(std::exchange(container, step.getIndexedType()));
      if (step.isStruct()) continue;
      Sink sink{Rule::kIndex, "index", false, ""};
      if (array != nullptr) sink.extent = array->getNumElements();
      sink.stride = FixedBytes(layout_.getTypeAllocSize(step.getIndexedType()));
      Mark(std::move(sink), access, loc, step.getOperand(), gep.getPointerOperand());
    }
  }

  void MarkBounds(const llvm::Loop& loop) {
    llvm::SmallVector<llvm::BasicBlock*, 8> exiting;
    loop.getExitingBlocks(exiting);
    for (llvm::BasicBlock* block : exiting) {
      auto* branch = llvm::dyn_cast<llvm::BranchInst>(block->getTerminator());
      if (branch == nullptr || !branch->isConditional()) continue;
      if (auto* compare = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition())) {
        MarkBound(loop, *compare);
      }
    }
  }

  void MarkBound(const llvm::Loop& loop, llvm::ICmpInst& compare) {
    const Sink sink{Rule::kLoopBound, "bound", false, ""};
    for (unsigned i = 0; i < 2; ++i) {
      const llvm::PHINode* counter = CounterOf(compare.getOperand(i), loop);
      llvm::Value* bound = compare.getOperand(1 - i);
      if (counter == nullptr || CounterOf(bound, loop) != nullptr) continue;
      if (!llvm::isa<llvm::Constant>(bound)) {
        return Mark(sink, compare, compare.getDebugLoc(), bound);
      }
      // Counting down: the limit is where it starts.
      const llvm::BasicBlock* before = loop.getLoopPredecessor();
      if (before == nullptr || counter->getType()->isPointerTy()) continue;
      return Mark(sink, compare, compare.getDebugLoc(), counter->getIncomingValueForBlock(before));
    }
  }

  const FunctionRules& functions_;
  const llvm::DataLayout& layout_;
  llvm::FunctionCallee function_;
  std::vector<Sink> sinks_;
  std::set<std::pair<const llvm::GetElementPtrInst*, const llvm::BasicBlock*>> marked_;
};

}  // namespace

std::vector<Sink> MarkSinks(llvm::Module& module, const FunctionRules& functions) {
  Marker marker(module, functions);
  for (llvm::Function& function : module) {
    if (!function.isDeclaration() && function.getSubprogram() != nullptr) {
      marker.MarkFunction(function);
    }
  }
  return marker.Finish();
}

bool ReadSinkMarker(const llvm::CallBase& call, SinkMarker& marker) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr || callee->getName() != kMarkerName) return false;
  marker.number =
      static_cast<uint32_t>(llvm::cast<llvm::ConstantInt>(call.getArgOperand(0))->getZExtValue());
  marker.operand = call.getArgOperand(1);
  marker.base = call.arg_size() > 2 ? call.getArgOperand(2) : nullptr;
  return true;
}

}  // namespace flowmon
