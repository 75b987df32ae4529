// Runs clang's static analyser with the taint checkers that its version has.
//
// Used by `flowmon sarif import --clang`.

#ifndef FLOWMON_TOOLS_RUN_CLANG_ANALYZER_H_
#define FLOWMON_TOOLS_RUN_CLANG_ANALYZER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace flowmon {

// "clang-19": of the highest version in PATH; "clang" if there is only that. Empty: there is none.
std::string NewestClang();

// The command that analyses one file into SARIF, but for "-o", its output and the file itself. Runs
// the compiler to learn which checkers it has. Error: it cannot be run, or has none.
absl::StatusOr<std::vector<std::string>> ClangAnalyzerCommand(
    const std::string& clang, const std::vector<std::string>& extra_args);

// Runs a command and waits; its errors go to ours, its output into `output` if that is given. Its
// exit code, 128 + the signal that killed it, or 127 if it cannot be run.
int RunCommand(const std::vector<std::string>& command, std::string* output = nullptr);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_RUN_CLANG_ANALYZER_H_
