// strtok() and its kin keep where they are between two calls: the second one is given no text.
//
// Their calls are written out, so that the analysis needs to know of nothing but pointers that are
// stored: what is kept is loaded before the call, which is given it, and stored after it.

#ifndef FLOWMON_RUNTIME_DERIVE_TOKENIZERS_H_
#define FLOWMON_RUNTIME_DERIVE_TOKENIZERS_H_

#include "llvm/IR/Module.h"

namespace flowmon {

// Afterwards all of them are calls of strtok() with the text as argument 0.
void WriteOutTokenizers(llvm::Module& module);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_TOKENIZERS_H_
