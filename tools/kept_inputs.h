// Reads the inputs that campaigns kept for their flows: doc/RECORDS.md, "Inputs".

#ifndef FLOWMON_TOOLS_KEPT_INPUTS_H_
#define FLOWMON_TOOLS_KEPT_INPUTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plugin/input_files.h"

namespace flowmon {

struct FlowInput {
  InputKind kind = InputKind::kFirst;
  std::string path;
  uint64_t size = 0;
  std::string hash;  // as the file has it
  std::string timestamp;
  uint64_t execution = 0, time_delta_ns = 0;
  int64_t unix_ms = 0;
  std::string afl_file;  // empty: AFL++ has none with these bytes
  // Set by ReplayInputs(): how often it was run, and completed its flow.
  uint32_t num_replays = 0, num_completed = 0;

  bool is_flaky() const { return num_completed < num_replays; }
};

// By flow id. `directory` is one instance's flowmon directory, `flowdb_hash` the content's of the
// database ("0x..."): inputs of another one are left out. What cannot be read is told in
// `problems`, one sentence each.
std::map<uint32_t, std::vector<FlowInput>> ReadKeptInputs(const std::string& directory,
                                                          const std::string& flowdb_hash,
                                                          std::vector<std::string>& problems);

// Adds those of another instance: of each kind the better one stays.
void MergeKeptInputs(std::vector<FlowInput> other, std::vector<FlowInput>& inputs);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_KEPT_INPUTS_H_
