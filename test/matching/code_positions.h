// Where a module, as clang's front end emitted it, has code.

#ifndef FLOWMON_TEST_MATCHING_CODE_POSITIONS_H_
#define FLOWMON_TEST_MATCHING_CODE_POSITIONS_H_

#include <map>
#include <set>
#include <string>

#include "test/matching/population.h"

namespace flowmon::test {

// With links resolved; as it is if there is no such file.
std::string RealPath(const std::string& path);

// By file (RealPath()): of instructions and of declared variables.
std::map<std::string, std::set<Position>> CodePositions(const llvm::Module& module);

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_MATCHING_CODE_POSITIONS_H_
