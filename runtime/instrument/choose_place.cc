#include "runtime/instrument/choose_place.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "runtime/instrument/library_calls.h"

namespace flowmon {
namespace {

enum class Rank { kNothing, kDeclaration, kEntry, kValue, kStore, kCall, kLibraryCall };

Rank RankOf(const Place& place, LocationKind kind) {
  if (place.kind == Place::Kind::kEntry) return Rank::kEntry;
  if (place.kind == Place::Kind::kDeclaration) return Rank::kDeclaration;
  const llvm::Instruction& code = *place.code;
  if (code.isEHPad()) return Rank::kNothing;
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&code)) {
    if (kind == LocationKind::kSource && !HasPointAfter(code)) return Rank::kNothing;
    if (FindLibraryCall(*call, kind) != nullptr) return Rank::kLibraryCall;
    if (!llvm::isa<llvm::IntrinsicInst>(code)) return Rank::kCall;
    return code.getType()->isVoidTy() ? Rank::kNothing : Rank::kValue;
  }
  if (llvm::isa<llvm::AllocaInst>(code)) return Rank::kLibraryCall;
  if (llvm::isa<llvm::StoreInst>(code)) return Rank::kStore;
  // A return, branch or switch stands for the value it is about.
  if (code.isTerminator()) return code.getNumOperands() != 0 ? Rank::kValue : Rank::kNothing;
  return code.getType()->isVoidTy() ? Rank::kNothing : Rank::kValue;
}

}  // namespace

bool HasPointAfter(const llvm::Instruction& instruction) {
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
    return !call->isMustTailCall();
  }
  return llvm::isa<llvm::InvokeInst>(instruction) || !instruction.isTerminator();
}

const Place& ChoosePlace(const Match& match) {
  if (match.kind == LocationKind::kIntermediate) return match.places.front();
  absl::flat_hash_set<const llvm::User*> code;
  for (const Place& place : match.places) {
    if (place.kind == Place::Kind::kCode) code.insert(place.code);
  }
  // The outermost expression is one whose value goes somewhere else.
  const auto is_outermost = [&](const Place& place) {
    return place.kind == Place::Kind::kCode &&
           (place.code->use_empty() ||
            std::any_of(place.code->user_begin(), place.code->user_end(),
                        [&](const llvm::User* user) { return !code.contains(user); }));
  };
  const auto weight = [&](const Place& place) {
    return std::make_pair(RankOf(place, match.kind), is_outermost(place));
  };
  const Place* best = &match.places.front();
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
