#include "runtime/instrument/known_object.h"

#include <algorithm>

#include "llvm/Analysis/ValueTracking.h"

namespace flowmon {
namespace {

// 0: not known.
uint64_t ExtentOf(const llvm::DataLayout& layout, const llvm::Value* object) {
  if (const auto* alloca = llvm::dyn_cast<llvm::AllocaInst>(object)) {
    const auto* count = llvm::dyn_cast<llvm::ConstantInt>(alloca->getArraySize());
    if (count == nullptr || !count->isOne()) return 0;
    return FixedBytes(layout.getTypeAllocSize(alloca->getAllocatedType()));
  }
  if (const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(object)) {
    if (global->hasExternalWeakLinkage() || !global->getValueType()->isSized()) return 0;
    return FixedBytes(layout.getTypeAllocSize(global->getValueType()));
  }
  if (const auto* argument = llvm::dyn_cast<llvm::Argument>(object)) {
    if (!argument->hasByValAttr()) return 0;
    return FixedBytes(layout.getTypeAllocSize(argument->getParamByValType()));
  }
  return 0;
}

const llvm::Value* ObjectOf(const llvm::Value* pointer) {
  return llvm::getUnderlyingObject(pointer, /*MaxLookup=*/0);
}

}  // namespace

llvm::Value* BytesToEndOfObject(llvm::IRBuilder<>& builder, llvm::Value* pointer) {
  const llvm::DataLayout& layout = builder.GetInsertBlock()->getModule()->getDataLayout();
  if (pointer->getType()->getPointerAddressSpace() != 0) return nullptr;
  auto* object = const_cast<llvm::Value*>(ObjectOf(pointer));
  const uint64_t extent = ExtentOf(layout, object);
  if (extent == 0 || object->getType()->getPointerAddressSpace() != 0) return nullptr;

  llvm::IntegerType* size_type = builder.getIntPtrTy(layout);
  llvm::APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
  if (pointer->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true) ==
      object) {
    const uint64_t start = offset.getZExtValue();  // negative: beyond any extent
    return llvm::ConstantInt::get(size_type, extent - std::min(start, extent));
  }
  // A saturating difference: 0 for an index outside the object, without a comparison.
  llvm::Value* start = builder.CreateSub(builder.CreatePtrToInt(pointer, size_type),
                                         builder.CreatePtrToInt(object, size_type));
  return builder.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat,
                                       llvm::ConstantInt::get(size_type, extent), start);
}

bool PointsIntoVariable(const llvm::DataLayout& layout, const llvm::Value* pointer) {
  const llvm::Value* object = ObjectOf(pointer);
  const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(object);
  return ExtentOf(layout, object) != 0 && (global == nullptr || !global->isConstant());
}

}  // namespace flowmon
