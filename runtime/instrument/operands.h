// The operands that make an expression dangerous: the index of an access, a divisor, the limit of a
// loop. All of it on the module as the front end left it: variables in memory, nothing folded.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_OPERANDS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_OPERANDS_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// The index by which a load, a store or an address goes into an array, or the offset that it adds
// to a pointer, before it was widened; of several the last one (j of a[i][j]). In C++ also the
// argument of an operator[] or at(). nullptr if there is none; constants only with `constants_too`.
llvm::Value* IndexOf(llvm::Instruction& code, bool constants_too);

// What an integer or floating-point division, or a remainder, divides by; else nullptr.
llvm::Value* DivisorOf(llvm::Instruction& code);

// Of a comparison, or a branch on one: the side that is no variable which the loop around it
// changes; the right one if that does not tell. nullptr if it is no comparison.
llvm::Value* BoundOf(llvm::Instruction& code);

// Whether a comparison, or a branch on one, can leave a loop.
bool EndsLoop(llvm::Instruction& code);

// Whether the pointer that a load gives is an element of main()'s argv.
bool IsArgumentOfMain(llvm::Instruction& code);

// Has `int main(int, char**)`'s form.
bool TakesArgv(const llvm::Function& function);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_OPERANDS_H_
