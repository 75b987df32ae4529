// What a function has on each source line that a location can mean: its code, its variables, its
// entry.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_FUNCTION_PLACES_H_
#define FLOWMON_RUNTIME_INSTRUMENT_FUNCTION_PLACES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// Something on a source line that a location can mean.
struct Place {
  enum class Kind { kEntry, kDeclaration, kCode };
  Kind kind;
  llvm::Instruction* code;  // kCode: the instruction; else the one before which to insert
  llvm::DebugLoc loc;
  uint32_t column = 0;  // 0 = none: a function's entry, or code without columns
  // kDeclaration only.
  llvm::Value* address = nullptr;
  const llvm::DILocalVariable* variable = nullptr;
};

// By line; the places of a line in program order, an entry first.
using PlacesByLine = std::map<uint32_t, std::vector<Place>>;

// By file, in the order in which the function uses them: the same input must give the same object.
// They refer to `function`.
std::vector<std::pair<const llvm::DIFile*, PlacesByLine>> PlacesOf(llvm::Function& function);

// Normalized.
std::string AbsolutePath(const llvm::DIFile& file);

// "/src/a.c:12:5", without the column where there is none.
std::string DescribePlace(const Place& place);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_FUNCTION_PLACES_H_
