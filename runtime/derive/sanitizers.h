// Whether a check of the program keeps a value from doing harm at some point of it.

#ifndef FLOWMON_RUNTIME_DERIVE_SANITIZERS_H_
#define FLOWMON_RUNTIME_DERIVE_SANITIZERS_H_

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "llvm/IR/ConstantRange.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instruction.h"
#include "llvm/IR/Instructions.h"

namespace llvm {
class AssumptionCache;
class LazyValueInfo;
class TargetLibraryInfo;
}  // namespace llvm

namespace flowmon {

// Keeps what it computes of each function. The module must not change meanwhile.
class Sanitizers {
 public:
  Sanitizers();
  ~Sanitizers();

  // What the value can be at this point, as far as conditions, masks and types tell.
  llvm::ConstantRange RangeAt(llvm::Value* value, llvm::Instruction* point);

  // True if the program compares the value, or a sum it is part of, with a limit on the way to this
  // point and is here only below it; or if the value was masked, or taken modulo something. A limit
  // counts if `is_trusted(limit)`; constants are asked about, too.
  using IsTrusted = std::function<bool(const llvm::Value*)>;
  bool IsLimited(llvm::Value* value, llvm::Instruction* point, const IsTrusted& is_trusted);

 private:
  struct PerFunction;
  PerFunction& Of(llvm::Function& function);
  struct Query {
    llvm::Value* value;
    llvm::Instruction* point;
    const IsTrusted& is_trusted;
    int depth;  // of steps that were looked through
    Query With(llvm::Value* other) const { return {other, point, is_trusted, depth}; }
  };
  bool IsLimitedIn(llvm::Value* value, llvm::Instruction* point, const IsTrusted& is_trusted,
                   int depth);
  bool MayFallBelowZero(const llvm::Instruction& step, llvm::Instruction* point);
  llvm::Value* Core(const Query& query);
  bool IsMasked(const Query& query, const llvm::Instruction& step, unsigned operand);
  bool IsLimitedByItself(const Query& query);
  bool IsEveryInputLimited(const Query& query, const llvm::PHINode& phi);
  bool IsLimitedByDominators(const Query& query);
  bool IsLimitedIf(const Query& query, const llvm::Value* condition, bool holds);

  std::map<const llvm::Function*, std::unique_ptr<PerFunction>> functions_;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_SANITIZERS_H_
