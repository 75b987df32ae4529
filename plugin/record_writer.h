// Appends lines to a file that others read while it grows, and that must stay a file of whole
// lines.
//
// Lines are collected in a buffer and written when it is full or old enough. What cannot be written
// (a full disk) is kept up to a bound and tried again; beyond it new lines are dropped and counted,
// so a broken disk costs lines, never the campaign. Not thread-safe.

#ifndef FLOWMON_PLUGIN_RECORD_WRITER_H_
#define FLOWMON_PLUGIN_RECORD_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plugin/unique_fd.h"

namespace flowmon {

class RecordWriter {
 public:
  // Opens for appending, mode 0600, and locks the file: a second writer is an error. A last line
  // without newline (its writer was killed) is cut off; see repaired_bytes().
  // buffer_bytes == 0 writes each line at once.
  static absl::StatusOr<std::unique_ptr<RecordWriter>> Open(const std::string& path,
                                                            size_t buffer_bytes,
                                                            uint64_t flush_interval_ns);
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  // Where the next line is to be appended, with its newline; CommitLine() must follow. `now_ns` is
  // CLOCK_MONOTONIC.
  std::string& buffer() { return buffer_; }
  void CommitLine(uint64_t now_ns);
  // Takes back what was appended since the last CommitLine().
  void DiscardLine() { buffer_.resize(committed_); }

  // Writes what is old enough; to be called now and then when nothing is recorded.
  void FlushIfDue(uint64_t now_ns);
  // False if something could not be written; it is kept for the next try.
  bool Flush();
  // The last try, at the end of a campaign: what cannot be written now is counted as lost.
  bool FlushOrLose();

  // Into the file or, until they can be written, the buffer.
  uint64_t lines_written() const { return lines_written_; }
  uint64_t lines_lost() const { return lines_lost_; }
  uint64_t repaired_bytes() const { return repaired_bytes_; }
  // errno of the last failed write, 0 when the last one went well.
  int last_error() const { return last_error_; }

 private:
  RecordWriter(UniqueFd fd, uint64_t repaired, size_t buffer_bytes, uint64_t flush_interval_ns);

  UniqueFd fd_;
  const uint64_t repaired_bytes_;
  const size_t buffer_bytes_;
  const uint64_t flush_interval_ns_;
  std::string buffer_;
  size_t committed_ = 0;         // bytes of buffer_ that are whole lines
  uint64_t oldest_line_ns_ = 0;  // 0 = buffer is empty
  uint64_t retry_not_before_ns_ = 0;
  uint64_t lines_written_ = 0;
  uint64_t lines_lost_ = 0;
  int last_error_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_WRITER_H_
