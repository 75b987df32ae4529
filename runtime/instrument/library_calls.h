// Calls of functions that are known: the user's own (function_rules.h), then those of the library
// (library_table.h).

#ifndef FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_

#include <string>
#include <string_view>

#include "flowdb/flowdb.h"
#include "runtime/instrument/data_rule.h"
#include "runtime/instrument/function_rules.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// As the source code has it: "memcpy" for "llvm.memcpy.p0...". Empty for an indirect call.
std::string CalleeName(const llvm::CallBase& call);

// Argument `number` as the source code counts them; nullptr if there is none.
llvm::Value* ArgumentOf(const llvm::CallBase& call, unsigned number);

// The user's own functions, which come before the table. To be called before any other thread is
// there.
void SetFunctionRules(FunctionRules rules);

// The user's rule for the function that is called, if it cannot be followed there: it names
// arguments that the call does not have, or that are of another kind. nullptr if all is well.
const FunctionRule* FindUnfitRule(const llvm::CallBase& call, LocationKind kind);

// nullptr if the function is unknown as a source or a sink, is defined for this file alone, or does
// not take the arguments that the library function takes. Variants of a name (fopen64,
// __isoc23_strtol) count as the function itself. `kind` is kSource or kSink.
const DataRule* FindLibraryCall(const llvm::CallBase& call, LocationKind kind);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_
