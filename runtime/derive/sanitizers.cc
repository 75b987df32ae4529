#include "runtime/derive/sanitizers.h"

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LazyValueInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PatternMatch.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {
namespace {

constexpr int kMaxDepth = 6;         // of phis and calls that are looked through
constexpr int kMaxDominators = 200;  // of blocks whose conditions are looked at

// `value` is `part`, possibly widened, narrowed, or with something added or multiplied.
bool IsPartOf(const llvm::Value* part, const llvm::Value* value, int depth = 0) {
  if (part == value) return true;
  if (depth == kMaxDepth) return false;
  const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr) return false;
  switch (instruction->getOpcode()) {
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt:
    case llvm::Instruction::Freeze:
      return IsPartOf(part, instruction->getOperand(0), depth + 1);
    case llvm::Instruction::Add:
    case llvm::Instruction::Mul:
    case llvm::Instruction::Or:
    case llvm::Instruction::Shl:
      return IsPartOf(part, instruction->getOperand(0), depth + 1) ||
             IsPartOf(part, instruction->getOperand(1), depth + 1);
    default:
      return false;
  }
}

// What the value was before it was widened, narrowed or had a constant added.
llvm::Value* Core(llvm::Value* value) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    if (instruction == nullptr) return value;
    const bool is_offset = (instruction->getOpcode() == llvm::Instruction::Add ||
                            instruction->getOpcode() == llvm::Instruction::Sub) &&
                           llvm::isa<llvm::ConstantInt>(instruction->getOperand(1));
    if (!is_offset && !llvm::isa<llvm::CastInst, llvm::FreezeInst>(instruction)) return value;
    if (llvm::isa<llvm::PtrToIntInst>(instruction)) return value;
    value = instruction->getOperand(0);
  }
  return value;
}

// The compared value stays below the limit if the condition holds.
bool Limits(llvm::CmpInst::Predicate predicate) {
  switch (predicate) {
    case llvm::CmpInst::ICMP_ULT:
    case llvm::CmpInst::ICMP_ULE:
    case llvm::CmpInst::ICMP_SLT:
    case llvm::CmpInst::ICMP_SLE:
    case llvm::CmpInst::ICMP_EQ:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Sanitizers::PerFunction {
  explicit PerFunction(llvm::Function& function)
      : dominators(function),
        assumptions(function),
        library_impl(llvm::Triple(function.getParent()->getTargetTriple())),
        library(library_impl),
        ranges(MakeLazyValueInfo(assumptions, function.getParent()->getDataLayout(), library)) {}

  llvm::DominatorTree dominators;
  llvm::AssumptionCache assumptions;
  llvm::TargetLibraryInfoImpl library_impl;
  llvm::TargetLibraryInfo library;
  llvm::LazyValueInfo ranges;
};

Sanitizers::Sanitizers() = default;
Sanitizers::~Sanitizers() = default;

Sanitizers::PerFunction& Sanitizers::Of(llvm::Function& function) {
  std::unique_ptr<PerFunction>& entry = functions_[&function];
  if (entry == nullptr) entry = std::make_unique<PerFunction>(function);
  return *entry;
}

llvm::ConstantRange Sanitizers::RangeAt(llvm::Value* value, llvm::Instruction* point) {
  PerFunction& function = Of(*point->getFunction());
  return function.ranges.getConstantRange(value, point, /*UndefAllowed=*/false);
}

bool Sanitizers::IsLimited(llvm::Value* value, llvm::Instruction* point,
                           const IsTrusted& is_trusted) {
  return IsLimitedIn(value, point, is_trusted, 0);
}

bool Sanitizers::IsLimitedIn(llvm::Value* value, llvm::Instruction* point,
                             const IsTrusted& is_trusted, int depth) {
  if (llvm::isa<llvm::Constant>(value)) return true;
  if (depth == kMaxDepth || !value->getType()->isIntegerTy()) return false;
  const auto is_limit = [&](const llvm::Value* limit) {
    return llvm::isa<llvm::Constant>(limit) || is_trusted(limit);
  };
  // The other side of a comparison with it, given that the comparison holds or not.
  const auto is_limited_by = [&](const llvm::ICmpInst& compare, bool holds) {
    for (unsigned i = 0; i < 2; ++i) {
      const llvm::Value* compared = compare.getOperand(i);
      const llvm::Value* limit = compare.getOperand(1 - i);
      llvm::CmpInst::Predicate predicate =
          i == 0 ? compare.getPredicate() : compare.getSwappedPredicate();
      if (!holds) predicate = llvm::CmpInst::getInversePredicate(predicate);
      if (!Limits(predicate) || !is_limit(limit)) continue;
      if (!IsPartOf(value, compared) && !IsPartOf(Core(value), compared)) continue;
      // A signed comparison leaves negative values, which are huge as sizes.
      if (!llvm::CmpInst::isSigned(predicate)) return true;
      if (!RangeAt(value, point).isAllNegative() &&
          RangeAt(value, point).getSignedMin().isNonNegative()) {
        return true;
      }
    }
    return false;
  };
  const std::function<bool(const llvm::Value*, bool)> is_limited_if =
      [&](const llvm::Value* condition, bool holds) {
        using llvm::PatternMatch::m_LogicalAnd;
        using llvm::PatternMatch::m_LogicalOr;
        using llvm::PatternMatch::m_Value;
        const llvm::Value *left = nullptr, *right = nullptr;
        const bool is_and =
            llvm::PatternMatch::match(condition, m_LogicalAnd(m_Value(left), m_Value(right)));
        const bool is_or = !is_and && llvm::PatternMatch::match(
                                          condition, m_LogicalOr(m_Value(left), m_Value(right)));
        if ((is_and && holds) || (is_or && !holds)) {
          return is_limited_if(left, holds) || is_limited_if(right, holds);
        }
        const auto* compare = llvm::dyn_cast<llvm::ICmpInst>(condition);
        return compare != nullptr && is_limited_by(*compare, holds);
      };

  if (auto* step = llvm::dyn_cast<llvm::Instruction>(value)) {
    switch (step->getOpcode()) {
      case llvm::Instruction::And:
      case llvm::Instruction::URem:
      case llvm::Instruction::SRem:
        if (is_limit(step->getOperand(1))) return true;
        break;
      case llvm::Instruction::ZExt:
      case llvm::Instruction::SExt:
      case llvm::Instruction::Trunc:
      case llvm::Instruction::Freeze:
      case llvm::Instruction::LShr:
        if (IsLimitedIn(step->getOperand(0), point, is_trusted, depth + 1)) return true;
        break;
      case llvm::Instruction::Add:
      case llvm::Instruction::Mul:
      case llvm::Instruction::Or:
      case llvm::Instruction::Shl: {
        const auto is_harmless = [&](llvm::Value* operand) {
          return is_limit(operand) || IsLimitedIn(operand, point, is_trusted, depth + 1);
        };
        if (is_harmless(step->getOperand(0)) && is_harmless(step->getOperand(1))) return true;
        break;
      }
      case llvm::Instruction::Select: {
        const auto* choice = llvm::cast<llvm::SelectInst>(step);
        const auto is_harmless = [&](llvm::Value* chosen, bool holds) {
          if (is_limit(chosen) || IsLimitedIn(chosen, point, is_trusted, depth + 1)) return true;
          const auto* compare = llvm::dyn_cast<llvm::ICmpInst>(choice->getCondition());
          if (compare == nullptr) return false;
          for (unsigned i = 0; i < 2; ++i) {
            llvm::CmpInst::Predicate predicate =
                i == 0 ? compare->getPredicate() : compare->getSwappedPredicate();
            if (!holds) predicate = llvm::CmpInst::getInversePredicate(predicate);
            if (compare->getOperand(i) == chosen && Limits(predicate) &&
                is_limit(compare->getOperand(1 - i))) {
              return true;
            }
          }
          return false;
        };
        if (is_harmless(step->getOperand(1), true) && is_harmless(step->getOperand(2), false)) {
          return true;
        }
        break;
      }
      case llvm::Instruction::PHI: {
        const auto* phi = llvm::cast<llvm::PHINode>(step);
        bool all = true;
        for (unsigned i = 0; all && i < phi->getNumIncomingValues(); ++i) {
          llvm::Value* incoming = phi->getIncomingValue(i);
          llvm::Instruction* leaving = phi->getIncomingBlock(i)->getTerminator();
          const auto* branch = llvm::dyn_cast<llvm::BranchInst>(leaving);
          if (is_limit(incoming) || incoming == phi) continue;
          if (IsLimitedIn(incoming, leaving, is_trusted, depth + 1)) continue;
          // The condition of the edge itself.
          if (branch != nullptr && branch->isConditional() &&
              branch->getSuccessor(0) != branch->getSuccessor(1)) {
            std::swap(value, incoming);
            const bool holds = branch->getSuccessor(0) == phi->getParent();
            const bool is_limited = is_limited_if(branch->getCondition(), holds);
            std::swap(value, incoming);
            if (is_limited) continue;
          }
          all = false;
        }
        if (all) return true;
        break;
      }
      default:
        break;
    }
  }

  PerFunction& function = Of(*point->getFunction());
  const llvm::BasicBlock* target = point->getParent();
  const llvm::DomTreeNode* node = function.dominators.getNode(target);
  for (int i = 0; node != nullptr && i < kMaxDominators; ++i, node = node->getIDom()) {
    const llvm::BasicBlock* block = node->getBlock();
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block->getTerminator());
    if (branch == nullptr || !branch->isConditional()) continue;
    for (unsigned side = 0; side < 2; ++side) {
      const llvm::BasicBlockEdge edge(block, branch->getSuccessor(side));
      if (branch->getSuccessor(0) == branch->getSuccessor(1) ||
          !function.dominators.dominates(edge, target)) {
        continue;
      }
      if (is_limited_if(branch->getCondition(), side == 0)) return true;
    }
  }
  return false;
}

}  // namespace flowmon
