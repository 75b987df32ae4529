// `flowmon flowdb match`: what became of a database in programs that flow-cc built.

#ifndef FLOWMON_TOOLS_CMD_FLOWDB_MATCH_H_
#define FLOWMON_TOOLS_CMD_FLOWDB_MATCH_H_

namespace CLI {
class App;
}  // namespace CLI

namespace flowmon {

// As in commands.h, below `flowmon flowdb`.
void AddFlowdbMatchCommand(CLI::App& flowdb, int& exit_code);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_CMD_FLOWDB_MATCH_H_
