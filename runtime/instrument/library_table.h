// What is known of library functions: which of their data a source or a sink reports. One
// declarative table; doc/INSTRUMENT.md lists the same for people. Knows neither LLVM nor the
// database.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_TABLE_H_
#define FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_TABLE_H_

#include <string_view>

#include "runtime/instrument/data_rule.h"
#include "runtime/instrument/function_rules.h"

namespace flowmon {

// nullptr for a function that is not in the table. `name` as the linker has it, without the
// variants that library_calls.h sees through.
const DataRule* FindLibraryRule(FunctionRole role, std::string_view name);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_TABLE_H_
