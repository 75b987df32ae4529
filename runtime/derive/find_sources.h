// Where data from outside comes into the program: the entry's parameters, and calls of library
// functions that read.

#ifndef FLOWMON_RUNTIME_DERIVE_FIND_SOURCES_H_
#define FLOWMON_RUNTIME_DERIVE_FIND_SOURCES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/derive/points_to.h"
#include "runtime/derive/source_place.h"
#include "runtime/derive/value_flow.h"
#include "runtime/instrument/function_rules.h"

namespace flowmon {

struct Parameter {
  std::string name;
  SourcePlace place;
};

// The parameters of a function as its source code declares them, by number of LLVM's arguments,
// which differ where structs are passed or returned. To be asked before the program is brought into
// SSA form: declarations do not survive that. What was optimised already has the function's place.
std::vector<Parameter> ParametersOf(llvm::Function& function);

struct Entry {
  llvm::Function* function;
  std::vector<Parameter> parameters;
};

struct Sources {
  std::vector<Source> all;  // by place
  // Of the fuzz entry: what its second parameter, the input's size, is; else nullptr.
  const llvm::Argument* input_size = nullptr;
  ObjectId input = ~ObjectId{0};  // the memory that holds the input
};

// Calls of the user's own source functions included.
Sources FindSources(PointsTo& memory, const std::vector<Entry>& entries,
                    const FunctionRules& functions);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_FIND_SOURCES_H_
