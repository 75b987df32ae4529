// What the source code calls a function that the compiler names otherwise.
//
// Used by the pass and by the deriver.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_CALLEE_NAME_H_
#define FLOWMON_RUNTIME_INSTRUMENT_CALLEE_NAME_H_

#include <string>

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// clang's name for the copy of a library function that a header brings for inlining
// (_FORTIFY_SOURCE).
inline constexpr char kInlineCopy[] = ".inline";

// "memcpy" for "llvm.memcpy.p0..." and "memcpy.inline", without the mark of an assembler name.
// Refers to `callee`, which `call` calls.
inline llvm::StringRef NameInSource(const llvm::CallBase& call, const llvm::Function& callee) {
  if (llvm::isa<llvm::MemCpyInst>(call)) return "memcpy";
  if (llvm::isa<llvm::MemMoveInst>(call)) return "memmove";
  if (llvm::isa<llvm::MemSetInst>(call)) return "memset";
  llvm::StringRef name = callee.getName();
  name.consume_front("\01");
  name.consume_back(kInlineCopy);
  return name;
}

// "fopen" for "fopen64", "__pread_chk" for "__pread64_chk", "strtol" for "__isoc23_strtol".
inline std::string WithoutVariant(llvm::StringRef name) {
  if (!name.consume_front("__isoc99_")) name.consume_front("__isoc23_");
  for (const llvm::StringRef suffix : {"", "_chk", "_2"}) {
    llvm::StringRef stem = name;
    if (stem.consume_back(suffix) && stem.consume_back("64")) return (stem + suffix).str();
  }
  return name.str();
}

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_CALLEE_NAME_H_
