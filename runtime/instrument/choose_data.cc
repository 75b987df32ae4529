#include "runtime/instrument/choose_data.h"

#include "runtime/instrument/choose_place.h"
#include "runtime/instrument/known_object.h"
#include "runtime/instrument/library_calls.h"
#include "runtime/instrument/operands.h"

namespace flowmon {
namespace {

using What = ReportPlan::What;
using Plan = std::optional<ReportPlan>;

Plan Before(llvm::Value* value) {
  if (value == nullptr) return std::nullopt;
  return ReportPlan{What::kValue, true, value};
}

// A sink's before the code that uses it, where it exists by then.
Plan ValueAt(What what, llvm::Value* value, LocationKind kind, llvm::Instruction& code) {
  if (value == nullptr || value->getType()->isVoidTy()) return std::nullopt;
  const bool is_result = value == &code;
  if (is_result && !HasPointAfter(code)) return std::nullopt;
  return ReportPlan{what, !is_result && (kind == LocationKind::kSink || code.isTerminator()),
                    value};
}

// A rule of either table that has what is asked for and can be followed at this kind of location.
template <typename Has>
Plan RuleOf(const llvm::CallBase& call, LocationKind kind, Has has) {
  for (const LocationKind table :
       {kind, kind == LocationKind::kSink ? LocationKind::kSource : LocationKind::kSink}) {
    const DataRule* rule = FindLibraryCall(call, table);
    if (rule == nullptr || !has(*rule)) continue;
    if (kind == LocationKind::kSink && NeedsReturnValue(*rule)) continue;
    return ReportPlan{What::kRule, kind == LocationKind::kSink, nullptr, *rule};
  }
  return std::nullopt;
}

Plan PlanSize(LocationKind kind, llvm::Instruction& code) {
  if (const auto* alloca = llvm::dyn_cast<llvm::AllocaInst>(&code)) {
    return kind == LocationKind::kSink ? Plan(ReportPlan{}) : Before(alloca->getOperand(0));
  }
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&code);
  if (call == nullptr) return std::nullopt;
  Plan plan = RuleOf(*call, kind,
                     [](const DataRule& rule) { return rule.size.kind != SizeRule::Kind::kNone; });
  if (plan) plan->rule = {DataRule::Kind::kSize, 0, plan->rule.size};
  return plan;
}

Plan PlanBytes(LocationKind kind, llvm::Instruction& code) {
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&code)) {
    return RuleOf(*call, kind, [](const DataRule& rule) {
      return rule.kind == DataRule::Kind::kBytes || rule.kind == DataRule::Kind::kPointeeBytes ||
             rule.kind == DataRule::Kind::kVector || rule.kind == DataRule::Kind::kMessage;
    });
  }
  llvm::Value* value = ValueOf(code);
  if (value == nullptr || !value->getType()->isPointerTy() ||
      !PointsIntoVariable(code.getModule()->getDataLayout(), value)) {
    return std::nullopt;
  }
  return ValueAt(What::kValue, value, kind, code);
}

Plan PlanText(LocationKind kind, llvm::Instruction& code) {
  auto* call = llvm::dyn_cast<llvm::CallBase>(&code);
  if (call == nullptr) {
    llvm::Value* value = ValueOf(code);
    if (value == nullptr || !value->getType()->isPointerTy()) return std::nullopt;
    return ValueAt(What::kText, value, kind, code);
  }
  Plan plan = RuleOf(*call, kind, [](const DataRule& rule) {
    return rule.kind == DataRule::Kind::kText || rule.kind == DataRule::Kind::kPointeeText ||
           rule.kind == DataRule::Kind::kScanned;
  });
  if (plan) return plan;
  plan = RuleOf(*call, kind, [](const DataRule& rule) {
    return rule.kind == DataRule::Kind::kBytes || rule.kind == DataRule::Kind::kPointeeBytes;
  });
  if (plan) {
    plan->rule.kind = plan->rule.kind == DataRule::Kind::kBytes ? DataRule::Kind::kText
                                                                : DataRule::Kind::kPointeeText;
    return plan;
  }
  // Text would be at another argument than the one the rule is about.
  if (FindLibraryCall(*call, kind) != nullptr) return std::nullopt;
  if (kind == LocationKind::kSource && call->getType()->isPointerTy()) {
    return ValueAt(What::kText, call, kind, code);
  }
  for (llvm::Value* argument : call->args()) {
    if (argument->getType()->isPointerTy()) return ValueAt(What::kText, argument, kind, code);
  }
  return std::nullopt;
}

Plan PlanArgument(unsigned number, LocationKind kind, llvm::Instruction& code) {
  auto* call = llvm::dyn_cast<llvm::CallBase>(&code);
  if (call == nullptr) return std::nullopt;
  llvm::Value* argument = ArgumentOf(*call, number);
  return argument == nullptr ? std::nullopt : ValueAt(What::kValue, argument, kind, code);
}

// Declarations, parameters and entries.
Plan PlanOfVariable(DataChoice choice, LocationKind kind, const Place& place) {
  llvm::Function& function = *place.code->getFunction();
  const bool is_parameter =
      place.kind == Place::Kind::kDeclaration && place.variable->isParameter();
  if (kind == LocationKind::kSource && IsFuzzEntry(function)) {  // where the input is the usual
    if (choice.kind == DataChoice::Kind::kBytes) return ReportPlan{};
    if (choice.kind == DataChoice::Kind::kValue && is_parameter) {
      return ReportPlan{What::kValue, true, function.getArg(place.variable->getArg() - 1)};
    }
  }
  if (choice.kind == DataChoice::Kind::kValue) return ReportPlan{};
  if (place.kind != Place::Kind::kDeclaration) return std::nullopt;
  const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(place.address);
  if (variable == nullptr) return std::nullopt;
  const bool is_pointer = variable->getAllocatedType()->isPointerTy();
  if (choice.kind == DataChoice::Kind::kText) {
    return ReportPlan{is_pointer ? What::kTextAt : What::kText, true, place.address};
  }
  return choice.kind == DataChoice::Kind::kBytes && !is_pointer ? Plan(ReportPlan{}) : std::nullopt;
}

}  // namespace

bool IsFuzzEntry(const llvm::Function& function) {
  return function.getName() == kFuzzEntry && function.arg_size() == 2 &&
         function.getArg(0)->getType()->isPointerTy() &&
         function.getArg(1)->getType()->isIntegerTy();
}

llvm::Value* ValueOf(llvm::Instruction& code) {
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&code)) return store->getValueOperand();
  if (auto* ret = llvm::dyn_cast<llvm::ReturnInst>(&code)) return ret->getReturnValue();
  if (auto* branch = llvm::dyn_cast<llvm::BranchInst>(&code)) {
    return branch->isConditional() ? branch->getCondition() : nullptr;
  }
  if (auto* choice = llvm::dyn_cast<llvm::SwitchInst>(&code)) return choice->getCondition();
  return code.isTerminator() && !llvm::isa<llvm::InvokeInst>(code) ? nullptr : &code;
}

Plan PlanChosen(DataChoice choice, LocationKind kind, const Place& place) {
  if (place.kind != Place::Kind::kCode) return PlanOfVariable(choice, kind, place);
  llvm::Instruction& code = *place.code;
  switch (choice.kind) {
    case DataChoice::Kind::kValue:
      return ValueAt(What::kValue, ValueOf(code), kind, code);
    case DataChoice::Kind::kIndex:
      return Before(IndexOf(code, /*constants_too=*/true));
    case DataChoice::Kind::kSize:
      return PlanSize(kind, code);
    case DataChoice::Kind::kBytes:
      return PlanBytes(kind, code);
    case DataChoice::Kind::kBound:
      return Before(BoundOf(code));
    case DataChoice::Kind::kDivisor:
      return Before(DivisorOf(code));
    case DataChoice::Kind::kText:
      return PlanText(kind, code);
    case DataChoice::Kind::kArgument:
      return PlanArgument(choice.argument, kind, code);
  }
  return std::nullopt;
}

ReportPlan PlanUsual(LocationKind kind, const Place& place, const Location& location) {
  if (place.kind != Place::Kind::kCode) return {};
  llvm::Instruction& code = *place.code;
  if (kind == LocationKind::kSource) {
    return IsArgumentOfMain(code) ? ReportPlan{What::kText, false, &code} : ReportPlan{};
  }
  // What may be wrong with the access, not what it gives. A whole assignment's value is what flows
  // there; a location that ends before its operator is what is assigned to.
  const bool is_assignment = llvm::isa<llvm::StoreInst>(code) &&
                             (location.col_start == 0 || place.column <= location.col_end);
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&code);
  if (call != nullptr ? FindLibraryCall(*call, kind) == nullptr : !is_assignment) {
    if (Plan index = Before(IndexOf(code, /*constants_too=*/false))) return *index;
  }
  if (Plan divisor = Before(DivisorOf(code))) return *divisor;
  if (EndsLoop(code)) {
    llvm::Value* bound = BoundOf(code);
    if (!llvm::isa<llvm::Constant>(bound)) return *Before(bound);
  }
  return {};
}

}  // namespace flowmon
