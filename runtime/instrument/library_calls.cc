#include "runtime/instrument/library_calls.h"

#include <utility>

#include "runtime/instrument/callee_name.h"
#include "runtime/instrument/library_table.h"

namespace flowmon {
namespace {

bool HasPointer(const llvm::CallBase& call, int8_t argument) {
  if (argument == kReturnValue) return call.getType()->isPointerTy();
  const llvm::Value* value = ArgumentOf(call, static_cast<unsigned>(argument));
  return value != nullptr && value->getType()->isPointerTy();
}

bool HasInteger(const llvm::CallBase& call, int8_t argument) {
  const llvm::Value* value = ArgumentOf(call, static_cast<unsigned>(argument));
  return value != nullptr && value->getType()->isIntegerTy();
}

bool Fits(const llvm::CallBase& call, const SizeRule& size) {
  const bool returns_integer = call.getType()->isIntegerTy();
  switch (size.kind) {
    case SizeRule::Kind::kNone:
      return true;
    case SizeRule::Kind::kArgument:
      return HasInteger(call, size.a);
    case SizeRule::Kind::kProduct:
      return HasInteger(call, size.a) && HasInteger(call, size.b);
    case SizeRule::Kind::kReturned:
      return returns_integer;
    case SizeRule::Kind::kReturnedTimes:
    case SizeRule::Kind::kReturnedUpTo:
      return returns_integer && HasInteger(call, size.a);
  }
  return false;
}

bool Fits(const llvm::CallBase& call, const DataRule& rule) {
  switch (rule.kind) {
    case DataRule::Kind::kSize:
      return Fits(call, rule.size);
    case DataRule::Kind::kValue:
      return rule.argument == kReturnValue
                 ? !call.getType()->isVoidTy()
                 : ArgumentOf(call, static_cast<unsigned>(rule.argument)) != nullptr;
    default:
      return HasPointer(call, rule.argument) && Fits(call, rule.size);
  }
}

FunctionRules& UserRules() {
  static FunctionRules rules;
  return rules;
}

FunctionRole RoleOf(LocationKind kind) {
  return kind == LocationKind::kSource ? FunctionRole::kSource : FunctionRole::kSink;
}

const FunctionRule* FindUserRule(const llvm::CallBase& call, LocationKind kind) {
  if (UserRules().rules().empty() || call.getCalledFunction() == nullptr) return nullptr;
  return UserRules().Find(RoleOf(kind), CalleeName(call));
}

bool IsInlineCopy(const llvm::Function& function) {
  llvm::StringRef name = function.getName();
  return name.consume_back(kInlineCopy);
}

}  // namespace

std::string CalleeName(const llvm::CallBase& call) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr) return "";
  return NameInSource(call, *callee).str();
}

llvm::Value* ArgumentOf(const llvm::CallBase& call, unsigned number) {
  const unsigned first =
      call.arg_size() != 0 && call.paramHasAttr(0, llvm::Attribute::StructRet) ? 1 : 0;
  return first + number < call.arg_size() ? call.getArgOperand(first + number) : nullptr;
}

void SetFunctionRules(FunctionRules rules) { UserRules() = std::move(rules); }

const FunctionRule* FindUnfitRule(const llvm::CallBase& call, LocationKind kind) {
  const FunctionRule* rule = FindUserRule(call, kind);
  return rule == nullptr || Fits(call, rule->data) ? nullptr : rule;
}

const DataRule* FindLibraryCall(const llvm::CallBase& call, LocationKind kind) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr) return nullptr;
  if (const FunctionRule* user = FindUserRule(call, kind)) {
    if (Fits(call, user->data)) return &user->data;
  }
  if (callee->hasLocalLinkage() && !IsInlineCopy(*callee)) return nullptr;
  const std::string name = CalleeName(call);
  const DataRule* rule = FindLibraryRule(RoleOf(kind), name);
  if (rule == nullptr) rule = FindLibraryRule(RoleOf(kind), WithoutVariant(name));
  return rule != nullptr && Fits(call, *rule) ? rule : nullptr;
}

}  // namespace flowmon
