// `flowmon cleanup`: removes what killed campaigns and bare runs of instrumented programs left in
// shared memory.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "flowdb/fields.h"
#include "plugin/campaign_dir.h"
#include "runtime/flow_shm.h"
#include "tools/commands.h"

namespace flowmon {
namespace {

struct Options {
  std::string directory;
  bool dry_run = false;
};

int Run(const Options& options) {
  const std::vector<Leftover> leftovers = FindLeftovers(options.directory, true);
  size_t failed = 0;
  for (const Leftover& leftover : leftovers) {
    const bool gone = options.dry_run || RemoveLeftover(leftover);
    failed += gone ? 0 : 1;
    (gone ? std::cout : std::cerr) << (options.dry_run ? "would remove "
                                       : gone          ? "removed "
                                                       : "flowmon: could not remove ")
                                   << PrintableText(leftover.path) << "\n";
  }
  if (leftovers.empty())
    std::cout << "nothing of processes that are gone in " << PrintableText(options.directory)
              << "\n";
  return failed == 0 ? kExitOk : kExitFindings;
}

}  // namespace

void AddCleanupCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "cleanup",
      "Remove what killed campaigns left in shared memory; never anything of a process "
      "that still runs, or of another user");
  auto options = std::make_shared<Options>();
  const char* configured = std::getenv("FLOW_SHM_DIR");
  options->directory = configured && *configured ? configured : FLOW_SHM_DEFAULT_DIR;
  command->add_option("--dir", options->directory, "Where to look")->capture_default_str();
  command->add_flag("-n,--dry-run", options->dry_run, "Only say what would be removed");
  command->footer("Example:\n  flowmon cleanup --dry-run");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
