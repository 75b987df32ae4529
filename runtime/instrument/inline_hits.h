// Replaces calls of df_coverage_hit() by the counter's increment, out of line only where the
// runtime is not ready or the id is outside its map.
//
// To be run after every pass that counts edges: the inlined form branches.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_INLINE_HITS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_INLINE_HITS_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// Whether code for edges is still to be added to this module, at link time: then calls stay calls.
bool EdgesAreYetToBeCounted(const llvm::Module& module);

// False if nothing was changed.
bool InlineHits(llvm::Module& module);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_INLINE_HITS_H_
