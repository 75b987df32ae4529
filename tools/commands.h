// The subcommands of `flowmon`, one tools/cmd_<name>.cc each.
//
// Add<Name>Command() adds its subcommand with a callback that CLI11 runs while it parses the
// command line. The callback prints results to std::cout and errors to std::cerr, does not throw,
// and stores one of the codes below. `exit_code` must outlive `app`.

#ifndef FLOWMON_TOOLS_COMMANDS_H_
#define FLOWMON_TOOLS_COMMANDS_H_

namespace CLI {
class App;
}  // namespace CLI

namespace flowmon {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFindings = 1;  // something was found, or the command failed
inline constexpr int kExitUsage = 2;     // wrong usage, or input that cannot be read

void AddCleanupCommand(CLI::App& app, int& exit_code);
void AddCrashesCommand(CLI::App& app, int& exit_code);
void AddDoctorCommand(CLI::App& app, int& exit_code);
void AddFlowdbCommand(CLI::App& app, int& exit_code);
void AddSarifCommand(CLI::App& app, int& exit_code);
void AddStatsCommand(CLI::App& app, int& exit_code);
void AddVerdictCommand(CLI::App& app, int& exit_code);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_COMMANDS_H_
