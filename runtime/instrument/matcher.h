// Finds the code that the locations of a database mean, in a module as the front end left it.
//
// By debug locations, and by the source text where these leave a doubt: doc/INSTRUMENT.md,
// "Matching". Changes nothing.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_MATCHER_H_
#define FLOWMON_RUNTIME_INSTRUMENT_MATCHER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "flowdb/flowdb.h"
#include "runtime/instrument/function_places.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

// A location in one function.
struct Match {
  LocationKind kind;
  const Location* location;  // of the database
  llvm::Function* function;
  bool exact;                 // what the location means; else the nearest code of its line
  std::vector<Place> places;  // in program order, never empty
  bool is_expression;         // they are all of an expression, and nothing else
};

struct ModuleMatches {
  std::vector<Match> matches;      // by function, then as in the database
  std::vector<std::string> units;  // absolute paths of files with code here and a name in the
                                   // database, sorted
};

// The result refers to `module` and `db`.
ModuleMatches MatchModule(llvm::Module& module, const FlowDb& db);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_MATCHER_H_
