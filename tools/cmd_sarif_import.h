// `flowmon sarif import`: a .flowdb from what static analysers wrote (doc/SARIF.md).

#ifndef FLOWMON_TOOLS_CMD_SARIF_IMPORT_H_
#define FLOWMON_TOOLS_CMD_SARIF_IMPORT_H_

namespace CLI {
class App;
}  // namespace CLI

namespace flowmon {

// As in commands.h; adds to `flowmon sarif`.
void AddSarifImportCommand(CLI::App& sarif, int& exit_code);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_CMD_SARIF_IMPORT_H_
