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
#include "llvm/Support/KnownBits.h"
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

// ~15 in any width only rounds, and 0xffffffff is a narrowing.
bool IsBoundingMask(const llvm::APInt& mask, const llvm::Value* masked,
                    const llvm::DataLayout& layout) {
  const unsigned bits = mask.getActiveBits();
  if (bits >= mask.getBitWidth() || bits == 32) return false;
  return mask.isMask() || bits < llvm::computeKnownBits(masked, layout).countMaxActiveBits();
}

// The compared value stays below the limit if the condition holds.
bool IsUpperLimit(llvm::CmpInst::Predicate predicate) {
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

// A sum or difference with a constant that takes something off, perhaps more than there is.
bool Sanitizers::MayFallBelowZero(const llvm::Instruction& step, llvm::Instruction* point) {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(step.getOperand(1));
  const bool is_sub = step.getOpcode() == llvm::Instruction::Sub;
  if (constant == nullptr || constant->isNegative() == is_sub) return false;
  return RangeAt(step.getOperand(0), point).getUnsignedMin().ult(constant->getValue().abs());
}

// What the value was before it was widened, narrowed or had a constant added.
llvm::Value* Sanitizers::Core(const Query& query) {
  llvm::Value* value = query.value;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    if (instruction == nullptr) return value;
    const bool is_offset = (instruction->getOpcode() == llvm::Instruction::Add ||
                            instruction->getOpcode() == llvm::Instruction::Sub) &&
                           llvm::isa<llvm::ConstantInt>(instruction->getOperand(1));
    if (!is_offset && !llvm::isa<llvm::CastInst, llvm::FreezeInst>(instruction)) return value;
    if (llvm::isa<llvm::PtrToIntInst>(instruction)) return value;
    if (is_offset && MayFallBelowZero(*instruction, query.point)) return value;
    value = instruction->getOperand(0);
  }
  return value;
}

bool Sanitizers::IsLimited(llvm::Value* value, llvm::Instruction* point,
                           const IsTrusted& is_trusted) {
  return IsLimitedIn(value, point, is_trusted, 0);
}

bool Sanitizers::IsLimitedIn(llvm::Value* value, llvm::Instruction* point,
                             const IsTrusted& is_trusted, int depth) {
  if (llvm::isa<llvm::Constant>(value)) return true;
  if (depth == kMaxDepth || !value->getType()->isIntegerTy()) return false;
  const Query query{value, point, is_trusted, depth};
  return IsLimitedByItself(query) || IsLimitedByDominators(query);
}

// The way the value is computed keeps it within limits, or all it is computed from is.
bool Sanitizers::IsLimitedByItself(const Query& query) {
  auto* step = llvm::dyn_cast<llvm::Instruction>(query.value);
  if (step == nullptr) return false;
  const auto is_harmless = [&](llvm::Value* operand) {
    return query.is_trusted(operand) ||
           IsLimitedIn(operand, query.point, query.is_trusted, query.depth + 1);
  };
  switch (step->getOpcode()) {
    case llvm::Instruction::And:
      return IsMasked(query, *step, 0) || IsMasked(query, *step, 1);
    case llvm::Instruction::URem:
    case llvm::Instruction::SRem:
      return query.is_trusted(step->getOperand(1));
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt:
    case llvm::Instruction::Trunc:
    case llvm::Instruction::Freeze:
    case llvm::Instruction::LShr:
      return IsLimitedIn(step->getOperand(0), query.point, query.is_trusted, query.depth + 1);
    case llvm::Instruction::Add:
      if (MayFallBelowZero(*step, query.point)) return false;
      [[fallthrough]];
    case llvm::Instruction::Mul:
    case llvm::Instruction::Or:
    case llvm::Instruction::Shl:
      return is_harmless(step->getOperand(0)) && is_harmless(step->getOperand(1));
    case llvm::Instruction::Select: {
      const llvm::Value* condition = step->getOperand(0);
      return (is_harmless(step->getOperand(1)) ||
              IsLimitedIf(query.With(step->getOperand(1)), condition, true)) &&
             (is_harmless(step->getOperand(2)) ||
              IsLimitedIf(query.With(step->getOperand(2)), condition, false));
    }
    case llvm::Instruction::PHI:
      return IsEveryInputLimited(query, *llvm::cast<llvm::PHINode>(step));
    default:
      return false;
  }
}

// By the other operand. One that was rounded up or down by ~(n - 1), or -n, is as large as before.
bool Sanitizers::IsMasked(const Query& query, const llvm::Instruction& step, unsigned operand) {
  using llvm::PatternMatch::m_Neg;
  using llvm::PatternMatch::m_Not;
  using llvm::PatternMatch::m_Value;
  llvm::Value* mask = step.getOperand(operand);
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(mask)) {
    return query.is_trusted(constant) &&
           IsBoundingMask(constant->getValue(), step.getOperand(1 - operand),
                          step.getModule()->getDataLayout());
  }
  if (query.is_trusted(mask)) {
    return !llvm::PatternMatch::match(mask, m_Not(m_Value())) &&
           !llvm::PatternMatch::match(mask, m_Neg(m_Value()));
  }
  return IsLimitedIn(mask, query.point, query.is_trusted, query.depth + 1);
}

bool Sanitizers::IsEveryInputLimited(const Query& query, const llvm::PHINode& phi) {
  for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i) {
    llvm::Value* incoming = phi.getIncomingValue(i);
    llvm::Instruction* leaving = phi.getIncomingBlock(i)->getTerminator();
    if (incoming == &phi || query.is_trusted(incoming) ||
        IsLimitedIn(incoming, leaving, query.is_trusted, query.depth + 1)) {
      continue;
    }
    // The condition of the edge itself.
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(leaving);
    if (branch == nullptr || !branch->isConditional() ||
        branch->getSuccessor(0) == branch->getSuccessor(1) ||
        !IsLimitedIf({incoming, leaving, query.is_trusted, query.depth}, branch->getCondition(),
                     branch->getSuccessor(0) == phi.getParent())) {
      return false;
    }
  }
  return true;
}

// A condition that was met on every way to the point.
bool Sanitizers::IsLimitedByDominators(const Query& query) {
  const llvm::DominatorTree& dominators = Of(*query.point->getFunction()).dominators;
  const llvm::BasicBlock* target = query.point->getParent();
  const llvm::DomTreeNode* node = dominators.getNode(target);
  for (int i = 0; node != nullptr && i < kMaxDominators; ++i, node = node->getIDom()) {
    const llvm::BasicBlock* block = node->getBlock();
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block->getTerminator());
    if (branch == nullptr || !branch->isConditional() ||
        branch->getSuccessor(0) == branch->getSuccessor(1)) {
      continue;
    }
    for (unsigned side = 0; side < 2; ++side) {
      const llvm::BasicBlockEdge edge(block, branch->getSuccessor(side));
      if (dominators.dominates(edge, target) &&
          IsLimitedIf(query, branch->getCondition(), side == 0)) {
        return true;
      }
    }
  }
  return false;
}

// Given that the condition is met, or that it is not.
bool Sanitizers::IsLimitedIf(const Query& query, const llvm::Value* condition, bool holds) {
  using llvm::PatternMatch::m_LogicalAnd;
  using llvm::PatternMatch::m_LogicalOr;
  using llvm::PatternMatch::m_Value;
  const llvm::Value *left = nullptr, *right = nullptr;
  const bool is_joined =
      holds ? llvm::PatternMatch::match(condition, m_LogicalAnd(m_Value(left), m_Value(right)))
            : llvm::PatternMatch::match(condition, m_LogicalOr(m_Value(left), m_Value(right)));
  if (is_joined) return IsLimitedIf(query, left, holds) || IsLimitedIf(query, right, holds);
  const auto* compare = llvm::dyn_cast<llvm::ICmpInst>(condition);
  if (compare == nullptr) return false;
  for (unsigned i = 0; i < 2; ++i) {
    llvm::CmpInst::Predicate predicate =
        i == 0 ? compare->getPredicate() : compare->getSwappedPredicate();
    if (!holds) predicate = llvm::CmpInst::getInversePredicate(predicate);
    const llvm::Value* compared = compare->getOperand(i);
    if (!IsUpperLimit(predicate) || !query.is_trusted(compare->getOperand(1 - i))) {
      continue;
    }
    if (!IsPartOf(query.value, compared) && !IsPartOf(Core(query), compared)) continue;
    // A signed comparison leaves negative values, which are huge as sizes.
    if (!llvm::CmpInst::isSigned(predicate)) return true;
    if (RangeAt(query.value, query.point).getSignedMin().isNonNegative()) return true;
  }
  return false;
}

}  // namespace flowmon
