// Replaces calls of df_coverage_hit() by the counter's increment, out of line only where the
// runtime is not ready or the id is outside its map.
//
// To be run after every pass that counts edges: the inlined form branches. Before link-time
// optimisation, afl-clang-lto's edges are still to come.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_INLINE_HITS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_INLINE_HITS_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

bool IsBeforeLinkTimeOptimization(const llvm::Module& module);

// False if nothing was changed.
bool InlineHits(llvm::Module& module);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_INLINE_HITS_H_
