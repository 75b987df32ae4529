// Brings the program into the form that is analysed. Two steps, since sinks are marked in between
// (mark_sinks.h):
//
// PrepareForMarking() drops what keeps LLVM's passes from working, and brings locals into SSA form.
// SimplifyProgram() removes what the entry cannot reach and inlines as far as its budget allows, so
// that most of the analysis is about one function: LLVM's own passes then resolve struct copies,
// overwritten values, constants, dead branches and virtual calls. Debug locations keep the chain of
// calls. No pass is used that moves code to another line.

#ifndef FLOWMON_RUNTIME_DERIVE_SIMPLIFY_H_
#define FLOWMON_RUNTIME_DERIVE_SIMPLIFY_H_

#include <cstddef>
#include <span>

#include "llvm/IR/Module.h"
#include "runtime/derive/points_to.h"

namespace flowmon {

struct InlineBudget {
  size_t callee_instructions = 400;      // larger functions stay calls, unless called once
  size_t caller_instructions = 10'000;   // no function grows beyond
  size_t program_instructions = 50'000;  // nor the program, unless it is larger as it comes
};

void PrepareForMarking(llvm::Module& module);

// `entries` are functions of the module.
void SimplifyProgram(llvm::Module& module, std::span<llvm::Function* const> entries,
                     const InlineBudget& budget);

// Makes indirect calls with few targets direct ones, by comparing the pointer. True if there were
// any: then SimplifyProgram() is worth another run, and everything known of the program is void.
bool PromoteIndirectCalls(const PointsTo& memory);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_SIMPLIFY_H_
