// Finds the code that the locations of a database mean, in a module as the front end left it.
//
// Debug locations are compared, nothing else: doc/INSTRUMENT.md, "Matching". Changes nothing.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_MATCHER_H_
#define FLOWMON_RUNTIME_INSTRUMENT_MATCHER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "flowdb/flowdb.h"
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

// A location in one function.
struct Match {
  LocationKind kind;
  const Location* location;  // of the database
  llvm::Function* function;
  bool exact;                 // line and column agree; else the nearest column of that line
  std::vector<Place> places;  // in program order, never empty
};

struct ModuleMatches {
  std::vector<Match> matches;      // by function, then as in the database
  std::vector<std::string> units;  // absolute paths of files with code here and a name in the
                                   // database, sorted
};

// The result refers to `module` and `db`.
ModuleMatches MatchModule(llvm::Module& module, const FlowDb& db);

// "/src/a.c:12:5", without the column where there is none.
std::string DescribePlace(const Place& place);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_MATCHER_H_
