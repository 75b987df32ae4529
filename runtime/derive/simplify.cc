#include "runtime/derive/simplify.h"

#include <algorithm>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Error.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/Utils/CallPromotionUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"

namespace flowmon {
namespace {

// The names are those of `opt -passes=`, which change less between versions than the classes.
void RunPasses(llvm::Module& module, const char* pipeline) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  llvm::cantFail(builder.parsePassPipeline(passes, pipeline));
  passes.run(module, modules);
}

class Inliner {
 public:
  Inliner(llvm::Module& module, const InlineBudget& budget) : budget_(budget) {
    for (llvm::Function& function : module) {
      if (function.isDeclaration()) continue;
      size_[&function] = function.getInstructionCount();
      program_size_ += size_[&function];
    }
  }

  // Callees before callers, so that what is inlined is complete.
  void Run(llvm::Module& module) {
    std::vector<llvm::Function*> order;
    llvm::CallGraph graph(module);
    for (auto component = llvm::scc_begin(&graph); !component.isAtEnd(); ++component) {
      for (llvm::CallGraphNode* node : *component) {
        llvm::Function* function = node->getFunction();
        if (function == nullptr || function->isDeclaration()) continue;
        order.push_back(function);
        if (component.hasCycle()) recursive_.insert(function);
      }
    }
    for (llvm::Function* function : order) InlineInto(*function);
  }

 private:
  bool Fits(const llvm::CallBase& call, const llvm::Function& caller) {
    llvm::Function* callee = call.getCalledFunction();
    if (callee == nullptr || callee->isDeclaration() || callee == &caller ||
        recursive_.contains(callee) || !call.getDebugLoc() ||
        callee->hasFnAttribute(llvm::Attribute::NoInline)) {
      return false;
    }
    const size_t size = size_[callee];
    const bool is_called_once = callee->hasLocalLinkage() && callee->hasOneUse();
    return (size <= budget_.callee_instructions || is_called_once) &&
           size_[&caller] + size <= budget_.caller_instructions &&
           program_size_ + size <= budget_.program_instructions;
  }

  void InlineInto(llvm::Function& caller) {
    std::vector<llvm::CallBase*> calls;
    for (llvm::BasicBlock& block : caller) {
      for (llvm::Instruction& instruction : block) {
        auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
        if (call != nullptr) calls.push_back(call);
      }
    }
    for (llvm::CallBase* call : calls) {
      if (!Fits(*call, caller)) continue;
      const size_t size = size_[call->getCalledFunction()];
      llvm::InlineFunctionInfo info;
      if (!llvm::InlineFunction(*call, info).isSuccess()) continue;
      size_[&caller] += size;
      program_size_ += size;
    }
  }

  const InlineBudget& budget_;
  llvm::DenseMap<const llvm::Function*, size_t> size_;
  llvm::DenseSet<const llvm::Function*> recursive_;
  size_t program_size_ = 0;
};

}  // namespace

void PrepareForMarking(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (auto kind : {llvm::Attribute::OptimizeNone, llvm::Attribute::NoInline,
                      llvm::Attribute::SanitizeAddress, llvm::Attribute::SanitizeMemory}) {
      function.removeFnAttr(kind);
    }
  }
  RunPasses(module, "function(mem2reg)");
}

void SimplifyProgram(llvm::Module& module, std::span<llvm::Function* const> entries,
                     const InlineBudget& budget) {
  const auto is_entry = [&](const llvm::GlobalValue& value) {
    return std::count(entries.begin(), entries.end(), &value) != 0;
  };
  llvm::internalizeModule(module, is_entry);
  RunPasses(module, "globaldce,ipsccp,function(sroa,early-cse<memssa>),globaldce");
  Inliner(module, budget).Run(module);
  constexpr char kCleanUp[] =
      "globaldce,function(sroa,early-cse<memssa>,gvn<no-pre;no-load-pre>,sccp,adce,sroa),ipsccp,"
      "globaldce";
  RunPasses(module, kCleanUp);
  // Virtual calls and callbacks may be known by now.
  Inliner(module, budget).Run(module);
  RunPasses(module, kCleanUp);
}

bool PromoteIndirectCalls(const PointsTo& memory) {
  constexpr size_t kMaxTargets = 4;
  std::vector<std::pair<llvm::CallBase*, std::vector<llvm::Function*>>> known;
  for (llvm::Function* function : memory.functions()) {
    for (llvm::Instruction& instruction : llvm::instructions(*function)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr || !call->isIndirectCall()) continue;
      std::vector<llvm::Function*> targets = memory.Targets(*call);
      std::erase_if(targets,
                    [&](llvm::Function* target) { return !llvm::isLegalToPromote(*call, target); });
      if (targets.empty() || targets.size() > kMaxTargets) continue;
      known.emplace_back(call, std::move(targets));
    }
  }
  for (auto& [call, targets] : known) {
    // Nothing else can be called: the last target needs no comparison.
    for (size_t i = 0; i + 1 < targets.size(); ++i) {
      llvm::promoteCallWithIfThenElse(*call, targets[i]);
    }
    llvm::promoteCall(*call, targets.back());
  }
  return !known.empty();
}

}  // namespace flowmon
