// Whether there is room for more records: output.max_total_mib and output.min_free_mib.
//
// Once a limit is reached it holds until a tenth more than needed is there again (segments were
// compressed, or somebody made room), so that it does not come and go with every line.
// Not thread-safe.

#ifndef FLOWMON_PLUGIN_RECORD_BUDGET_H_
#define FLOWMON_PLUGIN_RECORD_BUDGET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "plugin/record_writer.h"

namespace flowmon {

enum class RecordLimit : uint8_t { kNone, kMaxTotal, kMinFree };
// The key that sets it, "none" for kNone.
const char* RecordLimitName(RecordLimit limit);

class RecordBudget {
 public:
  struct Options {
    uint64_t max_total_bytes = 0;  // of all segments and the file being written; 0 = no limit
    uint64_t min_free_bytes = 0;   // of the file system; 0 = no limit
  };
  RecordBudget(std::string directory, const Options& options)
      : directory_(std::move(directory)), options_(options) {}

  // Runs every few milliseconds. Looks at the directory and its file system when a segment was
  // finished, otherwise once a second (CLOCK_MONOTONIC); between, counts what `writer` has added.
  RecordLimit Update(uint64_t now_ns, const RecordWriter& writer);
  RecordLimit limit() const { return limit_; }

  // The rule: the limit that holds after `before`. Without `free_bytes` nobody knows them.
  static RecordLimit Decide(const Options& options, uint64_t total_bytes,
                            std::optional<uint64_t> free_bytes, RecordLimit before);

 private:
  void Look();

  const std::string directory_;
  const Options options_;
  RecordLimit limit_ = RecordLimit::kNone;
  uint64_t next_look_ns_ = 0;
  uint64_t last_segment_ = 0;
  uint64_t finished_bytes_ = 0;
  std::optional<uint64_t> free_bytes_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_BUDGET_H_
