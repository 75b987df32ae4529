// Bytes that the pass leaves in the object, for flow-cc to read from the linked program.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_OBJECT_SECTION_H_
#define FLOWMON_RUNTIME_INSTRUMENT_OBJECT_SECTION_H_

#include <string>

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// As the value of a new, unaligned variable that neither the optimiser nor the linker drops.
void AddToSection(llvm::Module& module, const char* section, const char* variable,
                  const std::string& bytes);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_OBJECT_SECTION_H_
