#include "runtime/instrument/inline_hits.h"

#include <vector>

#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "runtime/instrument/shared_access.h"

namespace flowmon {
namespace {

// Another thread may be making the map or counting: the order is that of df_coverage_hit().
void InlineHit(llvm::CallInst& call) {
  llvm::Module& module = *call.getModule();
  llvm::LLVMContext& context = module.getContext();
  llvm::IRBuilder<> builder(&call);
  llvm::PointerType* byte_pointer = BytePointerType(context);
  llvm::Constant* size_address = module.getOrInsertGlobal("df_coverage_size", builder.getInt32Ty());
  llvm::Constant* map_address = module.getOrInsertGlobal("df_coverage_map", byte_pointer);
  llvm::Value* id = call.getArgOperand(0);

  llvm::Value* size =
      Shared(builder.CreateLoad(builder.getInt32Ty(), size_address), llvm::AtomicOrdering::Acquire);
  llvm::Instruction *inside, *outside;
  llvm::SplitBlockAndInsertIfThenElse(builder.CreateICmpULT(id, size), &call, &inside, &outside,
                                      llvm::MDBuilder(context).createBranchWeights(kLikely, 1));

  builder.SetInsertPoint(inside);
  builder.SetCurrentDebugLocation(call.getDebugLoc());
  llvm::Value* map =
      Shared(builder.CreateLoad(byte_pointer, map_address), llvm::AtomicOrdering::Monotonic);
  llvm::Value* counter = builder.CreateInBoundsGEP(builder.getInt8Ty(), map,
                                                   builder.CreateZExt(id, builder.getInt64Ty()));
  llvm::Value* hits =
      Shared(builder.CreateLoad(builder.getInt8Ty(), counter), llvm::AtomicOrdering::Monotonic);
  // The first hit of an id in a run is written down by the runtime.
  llvm::BasicBlock* again =
      llvm::BasicBlock::Create(context, "", call.getFunction(), outside->getParent());
  builder.CreateCondBr(builder.CreateICmpNE(hits, builder.getInt8(0)), again, outside->getParent(),
                       llvm::MDBuilder(context).createBranchWeights(kLikely, 1));
  inside->eraseFromParent();
  builder.SetInsertPoint(again);
  llvm::Value* is_below_limit = builder.CreateICmpNE(hits, builder.getInt8(UINT8_MAX));
  llvm::Value* more =
      builder.CreateAdd(hits, builder.CreateZExt(is_below_limit, builder.getInt8Ty()));
  Shared(builder.CreateStore(more, counter), llvm::AtomicOrdering::Monotonic);
  builder.CreateBr(call.getParent());

  builder.SetInsertPoint(outside);
  builder.SetCurrentDebugLocation(call.getDebugLoc());
  llvm::CallInst* slow = builder.CreateCall(call.getFunctionType(), call.getCalledOperand(), {id});
  slow->setDoesNotThrow();
  slow->addFnAttr(llvm::Attribute::Cold);
  call.eraseFromParent();
}

}  // namespace

bool IsBeforeLinkTimeOptimization(const llvm::Module& module) {
  return module.getModuleFlag("ThinLTO") != nullptr ||
         module.getModuleFlag("EnableSplitLTOUnit") != nullptr;
}

bool InlineHits(llvm::Module& module) {
  llvm::Function* hit = module.getFunction("df_coverage_hit");
  if (hit == nullptr || !hit->isDeclaration()) return false;
  std::vector<llvm::CallInst*> calls;
  for (llvm::User* user : hit->users()) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(user);
    if (call != nullptr && call->getCalledFunction() == hit && call->arg_size() == 1 &&
        call->getArgOperand(0)->getType()->isIntegerTy(32) && call->use_empty()) {
      calls.push_back(call);
    }
  }
  for (llvm::CallInst* call : calls) InlineHit(*call);
  return !calls.empty();
}

}  // namespace flowmon
