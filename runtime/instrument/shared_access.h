// Access of inlined code to the runtime's memory, which other threads and processes use as well.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_SHARED_ACCESS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_SHARED_ACCESS_H_

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// Of branches that are nearly always taken.
inline constexpr uint32_t kLikely = 1u << 20;

// Makes a load or store atomic. Sanitizers that run later leave it alone.
template <typename MemoryAccess>
MemoryAccess* Shared(MemoryAccess* access, llvm::AtomicOrdering order) {
  access->setAtomic(order);
  llvm::Module* module = access->getModule();
  access->setMetadata(module->getMDKindID("nosanitize"),
                      llvm::MDNode::get(module->getContext(), {}));
  return access;
}

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_SHARED_ACCESS_H_
