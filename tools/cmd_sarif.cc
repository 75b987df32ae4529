// `flowmon sarif`: from and to the logs of static analysers.

#include <CLI/CLI.hpp>

#include "tools/cmd_sarif_import.h"
#include "tools/commands.h"

namespace flowmon {

void AddSarifCommand(CLI::App& app, int& exit_code) {
  CLI::App* sarif = app.add_subcommand("sarif", "Dataflows from SARIF logs of static analysers");
  sarif->require_subcommand(1);
  AddSarifImportCommand(*sarif, exit_code);
}

}  // namespace flowmon
