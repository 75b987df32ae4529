// `flowmon cleanup`: removes what killed campaigns and bare runs of instrumented programs left in
// shared memory.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "flowdb/fields.h"
#include "plugin/campaign_dir.h"
#include "tools/commands.h"
#include "tools/tool_config.h"

namespace flowmon {
namespace {

struct Options {
  std::string config;                  // a file or a profile; empty = FLOW_MONITOR_CONFIG
  std::vector<std::string> overrides;  // "group.key=value"
  std::string directory;               // empty = shared_memory.directory
  bool dry_run = false;
};

// Where the campaigns of this configuration have their directories.
absl::StatusOr<std::string> Directory(const Options& options) {
  std::vector<std::string> overrides = options.overrides;
  if (!options.directory.empty())
    overrides.push_back("shared_memory.directory=" + options.directory);
  const absl::StatusOr<Config> config = LoadToolConfig(options.config, std::move(overrides));
  if (!config.ok()) return config.status();
  return config->shared_memory.directory;
}

int Run(const Options& options) {
  const absl::StatusOr<std::string> directory = Directory(options);
  if (!directory.ok()) {
    std::cerr << "flowmon: " << directory.status().message() << "\n";
    return kExitUsage;
  }
  const std::vector<Leftover> leftovers = FindLeftovers(*directory, true);
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
    std::cout << "nothing of processes that are gone in " << PrintableText(*directory) << "\n";
  return failed == 0 ? kExitOk : kExitFindings;
}

}  // namespace

void AddCleanupCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "cleanup",
      "Remove what killed campaigns left in shared memory; never anything of a process "
      "that still runs, or of another user");
  auto options = std::make_shared<Options>();
  command->add_option("--dir", options->directory,
                      "Where to look, instead of shared_memory.directory of the configuration");
  command->add_option("-c,--config", options->config, "Configuration file, or a shipped profile");
  command->add_option("--set", options->overrides, "A setting, as group.key=value");
  command->add_flag("-n,--dry-run", options->dry_run, "Only say what would be removed");
  command->footer("Example:\n  flowmon cleanup --dry-run");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
