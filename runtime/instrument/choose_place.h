// Which of the places that a location means is instrumented: doc/INSTRUMENT.md, "One of several".

#ifndef FLOWMON_RUNTIME_INSTRUMENT_CHOOSE_PLACE_H_
#define FLOWMON_RUNTIME_INSTRUMENT_CHOOSE_PLACE_H_

#include <string>

#include "flowdb/flowdb.h"
#include "runtime/instrument/matcher.h"

namespace flowmon {

// An element of match.places.
const Place& ChoosePlace(const Match& match);

// Whether code can be inserted behind the instruction, where its value exists.
bool HasPointAfter(const llvm::Instruction& instruction);

// What stands there, for the report: "call:memcpy", "store", "declaration", "entry".
std::string DescribeCode(const Place& place);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_CHOOSE_PLACE_H_
