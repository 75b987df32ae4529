// What another program prints, for the checks that have to ask one.

#ifndef FLOWMON_TOOLS_DOCTOR_SHELL_H_
#define FLOWMON_TOOLS_DOCTOR_SHELL_H_

#include <string>

namespace flowmon::doctor {

// The path of a program: `name` itself if it has a slash, else where PATH has it; empty if nowhere.
std::string FindInPath(const std::string& name);

// The first 64 KiB of its standard output and error; without input. `setting`: empty, or
// NAME=value.
std::string OutputOf(const std::string& setting, const std::string& program,
                     const std::string& argument);

}  // namespace flowmon::doctor

#endif  // FLOWMON_TOOLS_DOCTOR_SHELL_H_
