// With FLOW_DERIVE: the module as the front end made it goes into the object, for flow-derive to
// read from the linked program (runtime/instrument/bitcode_frames.h).

#ifndef FLOWMON_RUNTIME_INSTRUMENT_EMBED_BITCODE_H_
#define FLOWMON_RUNTIME_INSTRUMENT_EMBED_BITCODE_H_

#include "llvm/IR/Module.h"

namespace flowmon {

// False, and nothing is changed, if the module has its bitcode already.
bool EmbedBitcode(llvm::Module& module);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_EMBED_BITCODE_H_
