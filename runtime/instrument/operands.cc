#include "runtime/instrument/operands.h"

#include <algorithm>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Operator.h"
#include "runtime/instrument/function_rules.h"

namespace flowmon {
namespace {

llvm::Value* WithoutWidening(llvm::Value* value) {
  while (llvm::isa<llvm::SExtInst, llvm::ZExtInst>(value)) {
    value = llvm::cast<llvm::Instruction>(value)->getOperand(0);
  }
  return value;
}

// The last index into an array or from a pointer, which field numbers are not.
llvm::Value* LastIndex(llvm::GEPOperator& address, bool constants_too) {
  llvm::Value* last = nullptr;
  bool last_is_field = true;
  for (auto index = llvm::gep_type_begin(address); index != llvm::gep_type_end(address); ++index) {
    last_is_field = index.isStruct();
    if (!last_is_field && !llvm::isa<llvm::Constant>(index.getOperand())) last = index.getOperand();
    if (index.getOperand() == nullptr) break;
  }
  if (last == nullptr && constants_too && !last_is_field) {
    last = address.getOperand(address.getNumOperands() - 1);
  }
  return last;
}

llvm::Value* IndexInAddress(llvm::Value* address, bool constants_too) {
  for (;;) {
    if (auto* cast = llvm::dyn_cast<llvm::BitCastOperator>(address)) {
      address = cast->getOperand(0);
      continue;
    }
    auto* element = llvm::dyn_cast<llvm::GEPOperator>(address);
    if (element == nullptr) return nullptr;
    if (llvm::Value* index = LastIndex(*element, constants_too)) return WithoutWidening(index);
    address = element->getPointerOperand();
  }
}

llvm::Value* IndexOfSubscriptCall(const llvm::CallBase& call) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr || call.arg_size() < 2 || call.getType()->isVoidTy()) return nullptr;
  const std::string name = QualifiedName(callee->getName().str());
  if (!name.ends_with("::operator[]") && !name.ends_with("::at")) return nullptr;
  llvm::Value* index = call.getArgOperand(call.paramHasAttr(0, llvm::Attribute::StructRet) ? 2 : 1);
  return index->getType()->isIntegerTy() ? WithoutWidening(index) : nullptr;
}

llvm::CmpInst* ComparisonOf(llvm::Instruction& code) {
  llvm::Value* value = &code;
  if (auto* branch = llvm::dyn_cast<llvm::BranchInst>(value)) {
    if (!branch->isConditional()) return nullptr;
    value = branch->getCondition();
  }
  return llvm::dyn_cast<llvm::CmpInst>(WithoutWidening(value));
}

// Whether the value was loaded from a variable that is assigned to within the loop.
bool IsChangedIn(const llvm::Loop& loop, llvm::Value* value) {
  while (auto* cast = llvm::dyn_cast<llvm::CastInst>(value)) value = cast->getOperand(0);
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(value);
  if (load == nullptr) return false;
  const llvm::Value* variable = load->getPointerOperand();
  return std::any_of(variable->user_begin(), variable->user_end(), [&](const llvm::User* user) {
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(user);
    return store != nullptr && store->getPointerOperand() == variable && loop.contains(store);
  });
}

class Loops {
 public:
  explicit Loops(llvm::Function& function) : tree_(function), info_(tree_) {}
  const llvm::Loop* Around(const llvm::Instruction& code) const {
    return info_.getLoopFor(code.getParent());
  }

 private:
  llvm::DominatorTree tree_;
  llvm::LoopInfo info_;
};

}  // namespace

llvm::Value* IndexOf(llvm::Instruction& code, bool constants_too) {
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&code)) return IndexOfSubscriptCall(*call);
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&code)) {
    return IndexInAddress(load->getPointerOperand(), constants_too);
  }
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&code)) {
    return IndexInAddress(store->getPointerOperand(), constants_too);
  }
  return llvm::isa<llvm::GetElementPtrInst>(code) ? IndexInAddress(&code, constants_too) : nullptr;
}

llvm::Value* DivisorOf(llvm::Instruction& code) {
  switch (code.getOpcode()) {
    case llvm::Instruction::SDiv:
    case llvm::Instruction::UDiv:
    case llvm::Instruction::FDiv:
    case llvm::Instruction::SRem:
    case llvm::Instruction::URem:
    case llvm::Instruction::FRem:
      return code.getOperand(1);
    default:
      return nullptr;
  }
}

llvm::Value* BoundOf(llvm::Instruction& code) {
  llvm::CmpInst* comparison = ComparisonOf(code);
  if (comparison == nullptr) return nullptr;
  llvm::Value *left = comparison->getOperand(0), *right = comparison->getOperand(1);
  const Loops loops(*code.getFunction());
  const llvm::Loop* loop = loops.Around(*comparison);
  const bool is_left = loop != nullptr && IsChangedIn(*loop, right) && !IsChangedIn(*loop, left);
  return WithoutWidening(is_left ? left : right);
}

bool EndsLoop(llvm::Instruction& code) {
  const llvm::CmpInst* comparison = ComparisonOf(code);
  if (comparison == nullptr) return false;
  const Loops loops(*code.getFunction());
  const llvm::Loop* loop = loops.Around(*comparison);
  return loop != nullptr &&
         std::any_of(comparison->user_begin(), comparison->user_end(), [&](const llvm::User* user) {
           const auto* branch = llvm::dyn_cast<llvm::BranchInst>(user);
           return branch != nullptr && branch->isConditional() &&
                  !(loop->contains(branch->getSuccessor(0)) &&
                    loop->contains(branch->getSuccessor(1)));
         });
}

bool TakesArgv(const llvm::Function& function) {
  return function.getName() == "main" && function.arg_size() >= 2 &&
         function.getArg(1)->getType()->isPointerTy();
}

bool IsArgumentOfMain(llvm::Instruction& code) {
  const auto* element = llvm::dyn_cast<llvm::LoadInst>(&code);
  if (element == nullptr || !element->getType()->isPointerTy() || !TakesArgv(*code.getFunction())) {
    return false;
  }
  const llvm::Value* array = element->getPointerOperand();
  while (const auto* address = llvm::dyn_cast<llvm::GEPOperator>(array)) {
    array = address->getPointerOperand();
  }
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(array);
  if (load == nullptr) return false;
  const llvm::Value* variable = load->getPointerOperand();
  return std::any_of(variable->user_begin(), variable->user_end(), [&](const llvm::User* user) {
    const auto* store = llvm::dyn_cast<llvm::StoreInst>(user);
    return store != nullptr && store->getValueOperand() == code.getFunction()->getArg(1);
  });
}

}  // namespace flowmon
