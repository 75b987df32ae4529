// Where the records of a campaign go: the writer, the compressor of what it has finished, the
// limits of both, and what the log says of all three.
//
// Owned by Monitor; not thread-safe. After Open() nothing here fails: what goes wrong is counted,
// and logged when it begins and when it is over.

#ifndef FLOWMON_PLUGIN_RECORD_OUTPUT_H_
#define FLOWMON_PLUGIN_RECORD_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plugin/config.h"
#include "plugin/record_budget.h"
#include "plugin/record_writer.h"
#include "plugin/segment_compressor.h"

namespace spdlog {
class logger;
}

namespace flowmon {

class RecordOutput {
 public:
  // Locks the records of `directory` (RecordWriter::Open()). Nothing is compressed or logged yet.
  static absl::StatusOr<std::unique_ptr<RecordOutput>> Open(const std::string& directory,
                                                            const Config::Output& config);
  // Starts the compressor, which also takes on what earlier campaigns left; from here on `logger`
  // is used.
  void Start(std::shared_ptr<spdlog::logger> logger);

  // As RecordWriter has them.
  std::string& buffer() { return writer_->buffer(); }
  void CommitLine(uint64_t now_ns) { writer_->CommitLine(now_ns); }
  void DiscardLine() { writer_->DiscardLine(); }
  void FlushOrLose() { writer_->FlushOrLose(); }

  // Runs every few milliseconds: everything that is due (CLOCK_MONOTONIC).
  void Tick(uint64_t now_ns);
  // Troubles that may have come up outside of Tick().
  void LogTroubles();

  // While one is reached, only what is new is to be recorded.
  RecordLimit limit() const { return budget_.limit(); }
  // An execution was left out because of it.
  void CountOverLimit() { ++num_over_limit_; }

  uint64_t num_over_limit() const { return num_over_limit_; }
  uint64_t compressions_failed() const { return compressor_ ? compressor_->num_failures() : 0; }
  const RecordWriter& writer() const { return *writer_; }

 private:
  RecordOutput(std::string directory, const Config::Output& config,
               std::unique_ptr<RecordWriter> writer);
  void LogLimit();

  const std::string directory_;
  const bool compress_;
  const std::unique_ptr<RecordWriter> writer_;     // holds the lock that the compressor needs
  std::unique_ptr<SegmentCompressor> compressor_;  // nullptr with output.compress: false
  std::shared_ptr<spdlog::logger> logger_;
  RecordBudget budget_;
  uint64_t num_over_limit_ = 0;
  int reported_write_error_ = 0;
  int reported_rotation_error_ = 0;
  bool reported_compression_error_ = false;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_OUTPUT_H_
