#include "runtime/instrument/choose_place.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "runtime/instrument/library_calls.h"

namespace flowmon {
namespace {

enum class Rank { kNothing, kDeclaration, kEntry, kValue, kStore, kCall, kLibraryCall };

bool IsDestructor(const llvm::CallBase& call) {
  const llvm::Function* function = call.getCalledFunction();
  if (function == nullptr) return false;
  const std::string name = function->getName().str();
  return name.starts_with("_ZN") &&
         (name.ends_with("D0Ev") || name.ends_with("D1Ev") || name.ends_with("D2Ev"));
}

// `i++` within a larger expression is not what that is about.
bool IsIncrement(const llvm::Instruction& code) {
  const auto& store = llvm::cast<llvm::StoreInst>(code);
  const auto* sum = llvm::dyn_cast<llvm::Instruction>(store.getValueOperand());
  if (sum == nullptr || !llvm::isa<llvm::BinaryOperator, llvm::GetElementPtrInst>(sum) ||
      sum->getNumOperands() != 2 || !llvm::isa<llvm::Constant>(sum->getOperand(1)) ||
      sum->getDebugLoc() != store.getDebugLoc()) {
    return false;
  }
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(sum->getOperand(0));
  return load != nullptr && load->getPointerOperand() == store.getPointerOperand();
}

Rank RankOf(const Place& place, LocationKind kind) {
  if (place.kind == Place::Kind::kEntry) return Rank::kEntry;
  if (place.kind == Place::Kind::kDeclaration) return Rank::kDeclaration;
  const llvm::Instruction& code = *place.code;
  if (code.isEHPad()) return Rank::kNothing;
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&code)) {
    if (kind == LocationKind::kSource && !HasPointAfter(code)) return Rank::kNothing;
    if (FindLibraryCall(*call, kind) != nullptr) return Rank::kLibraryCall;
    if (IsDestructor(*call)) return Rank::kValue;
    if (!llvm::isa<llvm::IntrinsicInst>(code)) return Rank::kCall;
    return code.getType()->isVoidTy() ? Rank::kNothing : Rank::kValue;
  }
  if (llvm::isa<llvm::AllocaInst>(code)) return Rank::kLibraryCall;
  if (llvm::isa<llvm::StoreInst>(code)) return IsIncrement(code) ? Rank::kValue : Rank::kStore;
  // A return, branch or switch stands for the value it is about.
  if (code.isTerminator()) return code.getNumOperands() != 0 ? Rank::kValue : Rank::kNothing;
  return code.getType()->isVoidTy() ? Rank::kNothing : Rank::kValue;
}

class CodeOfMatch {
 public:
  explicit CodeOfMatch(const Match& match) : match_(match) {
    for (const Place& place : match.places) {
      if (place.kind == Place::Kind::kCode) places_.emplace(place.code, &place);
    }
  }

  // The outermost expression is one whose value goes somewhere else.
  bool IsOutermost(const Place& place) const {
    return place.kind == Place::Kind::kCode &&
           (place.code->use_empty() ||
            std::any_of(place.code->user_begin(), place.code->user_end(),
                        [&](const llvm::User* user) { return !places_.contains(user); }));
  }

  // The call or the access to memory that the location is as a whole: what is evaluated last, but
  // for conversions. nullptr if it is something else, an assignment or a comparison.
  const Place* Root() const {
    for (auto place = match_.places.rbegin(); place != match_.places.rend(); ++place) {
      if (!IsOutermost(*place) || RankOf(*place, match_.kind) == Rank::kNothing ||
          place->code->getParent()->isLandingPad()) {
        continue;
      }
      const llvm::Instruction* code = place->code;
      if (const auto* call = llvm::dyn_cast<llvm::CallBase>(code)) {
        if (IsDestructor(*call)) continue;
      }
      while (llvm::isa<llvm::CastInst>(code) && places_.contains(code->getOperand(0))) {
        code = llvm::cast<llvm::Instruction>(code->getOperand(0));
      }
      const bool is_root = llvm::isa<llvm::CallBase>(code)
                               ? !llvm::isa<llvm::IntrinsicInst>(code)
                               : llvm::isa<llvm::LoadInst, llvm::GetElementPtrInst>(code);
      if (!is_root || IsResultOfLibraryCall(*code)) return nullptr;
      return llvm::isa<llvm::CallBase>(code) ? places_.at(code) : &*place;
    }
    return nullptr;
  }

 private:
  // The front end makes more than one instruction of some calls: mempcpy().
  bool IsResultOfLibraryCall(const llvm::Instruction& code) const {
    return !llvm::isa<llvm::CallBase>(code) &&
           std::any_of(match_.places.begin(), match_.places.end(), [&](const Place& place) {
             return RankOf(place, match_.kind) == Rank::kLibraryCall &&
                    place.loc == code.getDebugLoc();
           });
  }

  const Match& match_;
  absl::flat_hash_map<const llvm::Value*, const Place*> places_;
};

}  // namespace

bool HasPointAfter(const llvm::Instruction& instruction) {
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
    return !call->isMustTailCall();
  }
  return llvm::isa<llvm::InvokeInst>(instruction) || !instruction.isTerminator();
}

const Place& ChoosePlace(const Match& match) {
  if (match.kind == LocationKind::kIntermediate) return match.places.front();
  const CodeOfMatch code(match);
  const Place* best = match.is_expression ? code.Root() : nullptr;
  if (best != nullptr) return *best;
  best = &match.places.front();
  const auto weight = [&](const Place& place) {
    return std::make_pair(RankOf(place, match.kind), code.IsOutermost(place));
  };
  for (const Place& place : match.places) {
    if (weight(place) >= weight(*best)) best = &place;
  }
  return *best;
}

std::string DescribeCode(const Place& place) {
  if (place.kind == Place::Kind::kEntry) return "entry";
  if (place.kind == Place::Kind::kDeclaration) {
    return place.variable->isParameter() ? "parameter" : "declaration";
  }
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(place.code)) {
    const std::string name = CalleeName(*call);
    return name.empty() ? "call" : absl::StrCat("call:", name);
  }
  return place.code->getOpcodeName();
}

}  // namespace flowmon
