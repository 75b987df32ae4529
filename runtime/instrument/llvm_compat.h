// Everything in the pass that depends on the LLVM version: 14 and 19, which are tested, and those
// between. A new version is added here and in FLOWMON_LLVM_SUPPORTED of the CMake file beside it.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_LLVM_COMPAT_H_
#define FLOWMON_RUNTIME_INSTRUMENT_LLVM_COMPAT_H_

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LazyValueInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Attributes.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DebugLoc.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#if LLVM_VERSION_MAJOR >= 16
#include "llvm/Support/ModRef.h"
#endif

namespace flowmon {

inline llvm::PointerType* BytePointerType(llvm::LLVMContext& context) {
  return llvm::PointerType::getUnqual(llvm::Type::getInt8Ty(context));
}

inline bool StartsWith(llvm::StringRef text, llvm::StringRef prefix) {
  return text.take_front(prefix.size()) == prefix;
}

// Free of cost once pointers are opaque.
inline llvm::Value* AsBytePointer(llvm::IRBuilder<>& builder, llvm::Value* pointer) {
  return builder.CreatePointerBitCastOrAddrSpaceCast(pointer,
                                                     BytePointerType(builder.getContext()));
}

// The pointer at that place of an array of pointers.
inline llvm::Value* LoadPointer(llvm::IRBuilder<>& builder, llvm::Value* array,
                                uint64_t index = 0) {
  llvm::Type* byte_pointer = BytePointerType(builder.getContext());
  llvm::Value* address =
      builder.CreatePointerCast(array, llvm::PointerType::getUnqual(byte_pointer));
  return builder.CreateLoad(byte_pointer, builder.CreateConstGEP1_64(byte_pointer, address, index));
}

// 0 for a size that is only known at run time (scalable vectors).
inline uint64_t FixedBytes(llvm::TypeSize size) {
  return size.isScalable() ? 0 : size.getFixedValue();
}

// What the call may touch: only memory that no code of this program sees ...
inline void SetOnlyInaccessibleMemory(llvm::CallBase& call) {
#if LLVM_VERSION_MAJOR >= 16
  call.setMemoryEffects(llvm::MemoryEffects::inaccessibleMemOnly());
#else
  call.addFnAttr(llvm::Attribute::InaccessibleMemOnly);
#endif
}
// ... or, on top of that, what its argument 0 points to, read-only and not kept.
inline void SetReadsOnlyArgument0(llvm::CallBase& call) {
#if LLVM_VERSION_MAJOR >= 16
  call.setMemoryEffects(llvm::MemoryEffects::inaccessibleOrArgMemOnly());
#else
  call.addFnAttr(llvm::Attribute::InaccessibleMemOrArgMemOnly);
#endif
  call.addParamAttr(0, llvm::Attribute::ReadOnly);
  call.addParamAttr(0, llvm::Attribute::NoCapture);
}

// For a function that has been given side effects, and for its calls: "pure" and the like no longer
// hold.
template <typename FunctionOrCall>
void DropMemoryPromises(FunctionOrCall& target) {
#if LLVM_VERSION_MAJOR >= 16
  target.setMemoryEffects(llvm::MemoryEffects::unknown());
#else
  for (auto kind :
       {llvm::Attribute::ReadNone, llvm::Attribute::ReadOnly, llvm::Attribute::WriteOnly,
        llvm::Attribute::ArgMemOnly, llvm::Attribute::InaccessibleMemOnly,
        llvm::Attribute::InaccessibleMemOrArgMemOnly}) {
    target.removeFnAttr(kind);
  }
#endif
  target.removeFnAttr(llvm::Attribute::Speculatable);
}

// A variable as the debug information declares it.
struct Declaration {
  llvm::Value* address;
  const llvm::DILocalVariable* variable;
  llvm::DebugLoc loc;
  llvm::Instruction* next;  // before this one the variable exists
};

// visit(const Declaration&) for the declarations that stand at this instruction: as a call of an
// intrinsic, or as records in front of it, the default from 19 on. (Not as assignments, which have
// no columns: flow-cc turns clang's assignment tracking off.)
template <typename Visit>
void ForEachDeclarationAt(llvm::Instruction& instruction, Visit visit) {
#if LLVM_VERSION_MAJOR >= 19
  for (llvm::DbgVariableRecord& record : llvm::filterDbgVars(instruction.getDbgRecordRange())) {
    if (!record.isDbgDeclare() || record.getAddress() == nullptr) continue;
    visit(
        Declaration{record.getAddress(), record.getVariable(), record.getDebugLoc(), &instruction});
  }
#endif
  auto* declare = llvm::dyn_cast<llvm::DbgDeclareInst>(&instruction);
  if (declare == nullptr || declare->getAddress() == nullptr) return;
  visit(Declaration{declare->getAddress(), declare->getVariable(), declare->getDebugLoc(),
                    declare->getNextNode()});
}

// visit(const llvm::Value&, const llvm::DILocalVariable&) for the values that variables have from
// this instruction on, as optimised code declares them.
template <typename Visit>
void ForEachValueAt(llvm::Instruction& instruction, Visit visit) {
  const auto visit_one = [&](const auto& entry) {
    const llvm::Value* value = entry.getVariableLocationOp(0);
    if (value != nullptr) visit(*value, *entry.getVariable());
  };
#if LLVM_VERSION_MAJOR >= 19
  for (llvm::DbgVariableRecord& record : llvm::filterDbgVars(instruction.getDbgRecordRange())) {
    if (record.isDbgValue()) visit_one(record);
  }
#endif
  if (auto* entry = llvm::dyn_cast<llvm::DbgValueInst>(&instruction)) visit_one(*entry);
}

inline llvm::LazyValueInfo MakeLazyValueInfo(llvm::AssumptionCache& assumptions,
                                             const llvm::DataLayout& layout,
                                             [[maybe_unused]] llvm::TargetLibraryInfo& library) {
#if LLVM_VERSION_MAJOR >= 18
  return {&assumptions, &layout};
#else
  return {&assumptions, &layout, &library};
#endif
}

// add_first(ModulePassManager&) before any optimisation, add_last(...) after all of them.
template <typename AddFirst, typename AddLast>
void RegisterAtBothEnds(llvm::PassBuilder& pass_builder, AddFirst add_first, AddLast add_last) {
  pass_builder.registerPipelineStartEPCallback(
      [=](llvm::ModulePassManager& passes, llvm::OptimizationLevel) { add_first(passes); });
  pass_builder.registerOptimizerLastEPCallback(
      [=](llvm::ModulePassManager& passes, llvm::OptimizationLevel) { add_last(passes); });
}

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_LLVM_COMPAT_H_
