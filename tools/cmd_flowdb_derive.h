// `flowmon flowdb derive`: dataflows of bitcode files, by flow-derive (doc/DERIVE.md).

#ifndef FLOWMON_TOOLS_CMD_FLOWDB_DERIVE_H_
#define FLOWMON_TOOLS_CMD_FLOWDB_DERIVE_H_

#include <optional>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace flowmon {

// The flow-derive-N of the newest LLVM in a folder: it reads the bitcode of all older ones.
std::optional<std::string> NewestDeriver(const std::string& folder);

// As in commands.h. All arguments are flow-derive's own; it takes over the process.
void AddFlowdbDeriveCommand(CLI::App& flowdb, int& exit_code);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_CMD_FLOWDB_DERIVE_H_
