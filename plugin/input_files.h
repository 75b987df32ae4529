// The files of kept inputs (input_keeper.h), and under which names AFL++ has the same bytes.
//
// Not thread-safe: belongs to the keeper's thread. doc/RECORDS.md documents the files.

#ifndef FLOWMON_PLUGIN_INPUT_FILES_H_
#define FLOWMON_PLUGIN_INPUT_FILES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "flowdb/reader.h"

namespace flowmon {

enum class InputKind : uint8_t { kFirst, kSmallest, kFastest };
inline constexpr InputKind kInputKinds[] = {InputKind::kFirst, InputKind::kSmallest,
                                            InputKind::kFastest};
std::string_view InputKindName(InputKind kind);  // "first", ...: the file's name

// An input and the execution that completed the flow with it.
struct KeptInput {
  std::shared_ptr<const std::string> bytes;
  uint64_t execution;
  int64_t unix_ms;
  uint64_t time_ns;  // the shortest from source to sink
  uint64_t completions;
  uint64_t source_hash, sink_hash;  // of the first completion
};

class InputFiles {
 public:
  // The database must outlive it. A larger file is taken for damaged.
  InputFiles(std::string directory, std::string afl_out, const FlowDbFile& flowdb,
             uint64_t max_input_bytes);

  struct Found {
    uint32_t flow;  // index
    InputKind kind;
    uint64_t size;
    uint64_t time_ns;
  };
  // What an earlier campaign with the same database left; damaged entries are left out, and
  // overwritten later.
  std::vector<Found> Load();

  // Replaces the input and what is said of it.
  absl::Status Write(uint32_t flow, InputKind kind, const KeptInput& input);
  uint64_t total_bytes() const { return total_bytes_; }
  // What would replacing it by so many bytes make of total_bytes().
  uint64_t TotalWith(uint32_t flow, InputKind kind, uint64_t size) const;

  // Looks for inputs without a name in queue/, crashes/ and hangs/, and adds the names it finds.
  void FindNames();

 private:
  struct Entry {
    KeptInput facts;  // without the bytes
    uint64_t size = 0;
    uint64_t hash = 0;     // xxHash64 of the bytes
    std::string afl_file;  // empty: not found yet
  };
  // A file of AFL++'s as it was when it was read.
  struct AflFile {
    uint64_t size = 0;
    int64_t modified_ns = 0;
    uint64_t hash = 0;
  };
  std::string PathOf(uint32_t flow, InputKind kind) const;
  absl::Status WriteFacts(uint32_t flow, InputKind kind, const Entry& entry) const;
  void LookInto(const std::string& subdirectory);

  const std::string directory_, afl_out_;
  const FlowDb& db_;
  const std::string flowdb_hash_;
  const uint64_t max_input_bytes_;
  std::map<std::pair<uint32_t, InputKind>, Entry> entries_;
  absl::flat_hash_map<std::string, AflFile> afl_files_;  // by "queue/id:..."
  std::map<std::string, int64_t> looked_;  // by subdirectory: its time of change when looked into
  bool has_new_entries_ = false;           // since the last look
  uint64_t total_bytes_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_INPUT_FILES_H_
