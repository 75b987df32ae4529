// The configuration (doc/CONFIG.md) as the subcommands have it.

#ifndef FLOWMON_TOOLS_TOOL_CONFIG_H_
#define FLOWMON_TOOLS_TOOL_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/config.h"

namespace flowmon {

// `file`: a path or a shipped profile; empty = FLOW_MONITOR_CONFIG. `overrides`: "group.key=value".
absl::StatusOr<Config> LoadToolConfig(const std::string& file, std::vector<std::string> overrides);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_TOOL_CONFIG_H_
