// The `flowmon` command: options that all subcommands share, and the list of subcommands.

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "tools/commands.h"

namespace flowmon {
namespace {

// What is opened next must not become the standard input or output of us or of a target. Using them
// fails as before.
void OccupyStandardFiles() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0)
      static_cast<void>(open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

int Main(int argc, char** argv) {
  OccupyStandardFiles();
  int exit_code = kExitOk;
  CLI::App app("Tells which described dataflows the executions of a fuzzing campaign completed.",
               "flowmon");
  app.set_version_flag("--version", "flowmon " FLOWMON_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 fine, 1 something was found or failed, 2 wrong usage or unreadable input.");
  AddStatsCommand(app, exit_code);
  AddVerdictCommand(app, exit_code);
  AddFlowdbCommand(app, exit_code);
  AddCrashesCommand(app, exit_code);
  AddDoctorCommand(app, exit_code);
  AddSarifCommand(app, exit_code);
  AddCleanupCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (!std::cout.flush()) {
    std::cerr << "flowmon: cannot write to the standard output; is the disk full?\n";
    return kExitFindings;
  }
  return exit_code;
}

}  // namespace
}  // namespace flowmon

int main(int argc, char** argv) {
  try {
    return flowmon::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "flowmon: " << error.what() << "\n";
    return flowmon::kExitFindings;
  }
}
