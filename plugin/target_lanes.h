// What an observer sets up before its target starts: the lanes that the target reports by, and the
// environment variables that lead it there. For the plugin, and for tools that run a target
// themselves.

#ifndef FLOWMON_PLUGIN_TARGET_LANES_H_
#define FLOWMON_PLUGIN_TARGET_LANES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/flowdb.h"
#include "plugin/config.h"
#include "plugin/file_lane.h"
#include "plugin/session_lane.h"

namespace flowmon {

struct TargetLanes {
  std::unique_ptr<SessionLane> session;  // nullptr with shared_memory.mode: files
  std::unique_ptr<FileLane> files;       // also of programs that could not map the session
};

// Keeps the files in the end if `keep`. What `map_size` and the ids need is the database's.
absl::StatusOr<TargetLanes> CreateTargetLanes(const Config::SharedMemory& config, const FlowDb& db,
                                              bool keep);

// Names and values, for a target whose observer is this process.
std::vector<std::pair<std::string, std::string>> TargetVariables(const Config::SharedMemory& config,
                                                                 const FlowDb& db,
                                                                 const TargetLanes& lanes);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_TARGET_LANES_H_
