// Calls a subcommand of flowmon as its main() does, in this process.

#ifndef FLOWMON_TEST_TOOLS_CALL_COMMAND_H_
#define FLOWMON_TEST_TOOLS_CALL_COMMAND_H_

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "tools/commands.h"

namespace flowmon {

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

// `add_command` is one of commands.h; `args` starts with its name.
template <typename AddCommand>
Outcome CallCommand(AddCommand add_command, std::vector<std::string> args) {
  Outcome outcome = {.exit_code = kExitOk, .out = "", .err = ""};
  CLI::App app;
  add_command(app, outcome.exit_code);
  std::reverse(args.begin(), args.end());  // as CLI11 wants it
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  app.parse(args);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

}  // namespace flowmon

#endif  // FLOWMON_TEST_TOOLS_CALL_COMMAND_H_
