// The configuration of the plugin and the tools, and where it comes from (doc/CONFIG.md):
//
//     built-in defaults < YAML file with its `extends:` < environment < command line
//
// Adding a key: a member with its default here, and one entry in the table of config_keys.cc. YAML,
// environment, command line, FormatConfig() and the table in doc/CONFIG.md follow from that entry.
// Knows nothing of AFL++.

#ifndef FLOWMON_PLUGIN_CONFIG_H_
#define FLOWMON_PLUGIN_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "runtime/flow_shm.h"

namespace flowmon {

// Which executions get a record: each; those that completed a flow; those that showed something
// new.
enum class RecordMode : uint8_t { kAll, kFlows, kNew };
// Where a target reports: one region of this campaign, or two files per process.
enum class LaneMode : uint8_t { kSession, kFiles };
enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kOff };

// Plain values, copyable. Paths are as the user wrote them; relative ones start at the working
// directory unless a comment says otherwise.
struct Config {
  struct SharedMemory {
    LaneMode mode = LaneMode::kSession;
    std::string directory = FLOW_SHM_DEFAULT_DIR;                 // absolute
    uint32_t max_events = FLOW_DEFAULT_MAX_EVENTS;                // per execution
    uint32_t max_events_per_id = FLOW_DEFAULT_MAX_EVENTS_PER_ID;  // 0 = no limit
    uint32_t map_size = 0;  // bytes; 0 = as large as the database needs
    friend bool operator==(const SharedMemory&, const SharedMemory&) = default;
  };
  struct FlowDatabase {
    std::string path;  // LoadConfig() does not insist on one: not every tool needs it
    bool strict = false;
    friend bool operator==(const FlowDatabase&, const FlowDatabase&) = default;
  };
  struct Output {
    std::string directory;     // empty = flowmon/ in the output directory of the AFL++ instance
    bool buffered = true;      // lines may wait in memory; else the next three mean nothing
    bool flush_each = false;   // each line is written at once, and waits only if it cannot be
    uint32_t buffer_kib = 64;  // without flush_each
    uint32_t flush_interval_ms = 1000;  // without flush_each
    uint32_t rotate_mib = 256;          // 0 = never
    bool compress = true;
    uint32_t max_total_mib = 0;   // 0 = no limit
    uint32_t min_free_mib = 256;  // 0 = no limit
    friend bool operator==(const Output&, const Output&) = default;
  };
  struct Processing {
    RecordMode record = RecordMode::kAll;
    uint32_t max_completions_listed = 1;  // per flow and record
    uint32_t max_distinct_values = 4096;  // per flow
    friend bool operator==(const Processing&, const Processing&) = default;
  };
  struct Inputs {
    bool keep = true;
    uint32_t max_input_kib = 1024;
    uint32_t max_total_mib = 64;
    friend bool operator==(const Inputs&, const Inputs&) = default;
  };
  struct Logging {
    LogLevel level = LogLevel::kInfo;
    std::string file = "flowmon.log";  // relative = inside output.directory; never empty
    friend bool operator==(const Logging&, const Logging&) = default;
  };
  struct Statistics {
    uint32_t print_interval = 60;  // seconds
    uint32_t update_interval = 5;  // seconds
    friend bool operator==(const Statistics&, const Statistics&) = default;
  };
  struct Cleanup {
    bool at_start = true;
    bool at_exit = true;
    friend bool operator==(const Cleanup&, const Cleanup&) = default;
  };

  SharedMemory shared_memory;
  FlowDatabase flow_database;
  Output output;
  Processing processing;
  Inputs inputs;
  Logging logging;
  Statistics statistics;
  Cleanup cleanup;
  friend bool operator==(const Config&, const Config&) = default;
};

struct ConfigSources {
  // YAML file, or the bare name of a shipped profile. Not set: FLOW_MONITOR_CONFIG, if that is set.
  std::optional<std::string> file;
  // "NAME=value" pointers that end with nullptr, as `environ`; nullptr = no environment. Only read
  // during the call.
  const char* const* environment = nullptr;
  // "group.key=value", from the command line; of equal keys the last one wins.
  std::vector<std::string> overrides;
  // Where default.yaml, development.yaml and production.yaml are; empty = not known.
  std::string profile_dir;
};

// Key ("output.directory") -> "default", "file.yaml:12", "environment: NAME" or "command line".
// Holds every key.
using ConfigOrigins = absl::btree_map<std::string, std::string>;

// Every error is kInvalidArgument with one sentence that names the place: "file:line: ...",
// "environment: NAME: ..." or "command line: ...". After an error `origins` is unchanged. Never
// throws. May be called from several threads as long as none changes the environment.
absl::StatusOr<Config> LoadConfig(const ConfigSources& sources, ConfigOrigins* origins = nullptr);

// All keys as YAML with comments; as a configuration file it gives an equal Config. With origins,
// each value is followed by where it came from.
std::string FormatConfig(const Config& config, const ConfigOrigins* origins = nullptr);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CONFIG_H_
