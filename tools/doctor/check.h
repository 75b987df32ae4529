// One thing that `flowmon doctor` has looked at.

#ifndef FLOWMON_TOOLS_DOCTOR_CHECK_H_
#define FLOWMON_TOOLS_DOCTOR_CHECK_H_

#include <string>
#include <vector>

namespace flowmon::doctor {

enum class Level { kOk, kWarning, kProblem };

struct Check {
  Level level;
  std::string name;  // of what was looked at: "target", "database", ...
  std::string what;
  std::string remedy;  // one sentence; empty if all is well
};
using Checks = std::vector<Check>;

}  // namespace flowmon::doctor

#endif  // FLOWMON_TOOLS_DOCTOR_CHECK_H_
