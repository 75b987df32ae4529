#include "tools/cmd_flowdb_derive.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "tools/commands.h"

namespace flowmon {
namespace {

int Derive(const std::vector<std::string>& args) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string folder = self.parent_path();
  const std::optional<std::string> deriver = NewestDeriver(folder);
  if (!deriver.has_value()) {
    std::cerr << "flowmon: there is no flow-derive-N in " << folder
              << ": build and install flowmon with an LLVM (scripts/bootstrap)\n";
    return kExitFindings;
  }
  std::vector<std::string> command = {*deriver, "--caller", "flowmon"};
  command.insert(command.end(), args.begin(), args.end());
  std::vector<char*> pointers;
  pointers.reserve(command.size() + 1);
  for (std::string& arg : command) pointers.push_back(arg.data());
  pointers.push_back(nullptr);
  execv(deriver->c_str(), pointers.data());
  std::cerr << "flowmon: cannot run " << *deriver << ": " << std::strerror(errno) << "\n";
  return kExitFindings;
}

}  // namespace

std::optional<std::string> NewestDeriver(const std::string& folder) {
  std::optional<std::string> newest;
  int newest_version = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    absl::string_view number = name;
    int version = 0;
    if (!absl::ConsumePrefix(&number, "flow-derive-") || !absl::SimpleAtoi(number, &version) ||
        version <= newest_version) {
      continue;
    }
    newest_version = version;
    newest = entry.path();
  }
  return newest;
}

void AddFlowdbDeriveCommand(CLI::App& flowdb, int& exit_code) {
  CLI::App* derive = flowdb.add_subcommand(
      "derive", "Derive dataflows from bitcode: FILE.bc... -o OUT.flowdb, and more with --help");
  derive->set_help_flag();
  derive->prefix_command();
  derive->callback([derive, &exit_code] { exit_code = Derive(derive->remaining()); });
}

}  // namespace flowmon
