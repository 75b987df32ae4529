// What an AFL++ instance left in its output directory, as far as replaying its crashes needs it.

#ifndef FLOWMON_TOOLS_AFL_INSTANCE_H_
#define FLOWMON_TOOLS_AFL_INSTANCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace flowmon {

enum class SavedKind : uint8_t { kCrash, kHang, kOther };

struct SavedInput {
  std::string path;
  SavedKind kind;
};

struct AflInstance {
  std::string directory;
  bool is_plain = false;  // a directory of inputs that is no instance's: the rest is empty
  std::vector<std::string> target;  // program and arguments; empty if unknown
  uint32_t timeout_ms = 0;          // of one run; 0 if unknown
  std::string flowdb, flowdb_hash;  // of flowmon_stats; empty without flowmon
  std::vector<SavedInput> inputs;   // crashes, then hangs, by name
};

// What `path` means: an instance, an output directory of afl-fuzz (all its instances, by name), or
// a directory of inputs.
absl::StatusOr<std::vector<AflInstance>> FindAflInstances(const std::string& path);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_AFL_INSTANCE_H_
