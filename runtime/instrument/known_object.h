// Objects whose extent the compiler knows: local and global variables.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_KNOWN_OBJECT_H_
#define FLOWMON_RUNTIME_INSTRUMENT_KNOWN_OBJECT_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// The number of bytes from `pointer` to the end of the variable that it points into, as a value of
// type size_t at the builder's point; 0 if it points outside. nullptr if that cannot be told.
llvm::Value* BytesToEndOfObject(llvm::IRBuilder<>& builder, llvm::Value* pointer);

// Whether data of the program can be in there: a variable of known extent that is not constant.
bool PointsIntoVariable(const llvm::DataLayout& layout, const llvm::Value* pointer);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_KNOWN_OBJECT_H_
