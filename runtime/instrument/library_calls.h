// What is known of library functions: which of their data a source or a sink reports.
//
// One declarative table, in library_calls.cc; doc/INSTRUMENT.md lists the same for people.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_

#include <string>
#include <string_view>

#include "flowdb/flowdb.h"
#include "runtime/instrument/data_rule.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// As the source code has it: "memcpy" for "llvm.memcpy.p0...". Empty for an indirect call.
std::string CalleeName(const llvm::CallBase& call);

// nullptr if the function is unknown as a source or a sink, is defined for this file alone, or does
// not take the arguments that the library function takes. Variants of a name (fopen64,
// __isoc23_strtol) count as the function itself. `kind` is kSource or kSink.
const DataRule* FindLibraryCall(const llvm::CallBase& call, LocationKind kind);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_
