// Puts a check in front of each report of a source or sink: whether anything of its id can still be
// stored in this run (runtime/flow_shm.h, "Tallies"). If not, the report is counted then and there,
// and its data is not prepared; else it is the call that it was.
//
// To be run after every pass that counts edges: the inlined form branches.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_INLINE_REPORTS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_INLINE_REPORTS_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// False if nothing was changed.
bool InlineReports(llvm::Module& module);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_INLINE_REPORTS_H_
