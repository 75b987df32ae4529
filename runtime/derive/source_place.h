// Where in the source code something stands, as a location of a database has it.

#ifndef FLOWMON_RUNTIME_DERIVE_SOURCE_PLACE_H_
#define FLOWMON_RUNTIME_DERIVE_SOURCE_PLACE_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DebugLoc.h"

namespace flowmon {

struct SourcePlace {
  std::string file;  // absolute; empty: nowhere
  uint32_t line = 0;
  uint32_t column = 0;  // never 0 with a file
  std::string function;
  uint32_t header_depth = 0;  // calls from there into system headers, 0: the code stands there
  friend auto operator<=>(const SourcePlace&, const SourcePlace&) = default;
};

// Code of system headers counts as being where the program calls it, if it was inlined there.
// Nowhere: without line or column, or in a header that is not called from the program's own code.
SourcePlace PlaceOf(const llvm::DebugLoc& loc);

// Where its declaration begins, as far as known: column 1 of its line.
SourcePlace PlaceOf(const llvm::DISubprogram& function);

// The places of the calls that `loc` was inlined through, outermost first.
std::vector<SourcePlace> CallsTo(const llvm::DebugLoc& loc);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_SOURCE_PLACE_H_
