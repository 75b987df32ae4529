// What the source code calls a function that the compiler names otherwise.
//
// Used by the pass and by the deriver; which variants of a library function count as that function
// is for each of them to say.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_CALLEE_NAME_H_
#define FLOWMON_RUNTIME_INSTRUMENT_CALLEE_NAME_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// "memcpy" for "llvm.memcpy.p0...", without the mark of an assembler name. Refers to `callee`,
// which `call` calls.
inline llvm::StringRef NameInSource(const llvm::CallBase& call, const llvm::Function& callee) {
  if (llvm::isa<llvm::MemCpyInst>(call)) return "memcpy";
  if (llvm::isa<llvm::MemMoveInst>(call)) return "memmove";
  if (llvm::isa<llvm::MemSetInst>(call)) return "memset";
  llvm::StringRef name = callee.getName();
  name.consume_front("\01");
  return name;
}

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_CALLEE_NAME_H_
