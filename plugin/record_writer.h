// Appends lines to executions.jsonl (segments.h), which others read while it grows, and which must
// stay a file of whole lines. A file that has grown to a size is finished, and a new one begun.
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
  struct Options {
    size_t buffer_bytes = 0;  // 0 = each line is written at once
    uint64_t flush_interval_ns = UINT64_MAX;
    // What cannot be written is kept in memory and tried again, up to a bound; else lost at once.
    bool keep_unwritten = true;
    uint64_t segment_bytes = UINT64_MAX;  // a file that has grown to it is finished
  };
  // Opens for appending, mode 0600, and locks the directory's records for as long as it lives: a
  // second writer is an error. A last line without newline (its writer was killed) is cut off; see
  // repaired_bytes().
  static absl::StatusOr<std::unique_ptr<RecordWriter>> Open(const std::string& directory,
                                                            const Options& options);
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

  // Number of the last finished segment, also of earlier campaigns; 0 if there is none.
  uint64_t last_segment() const { return last_segment_; }
  // Of executions.jsonl, with what is to be written into it.
  uint64_t current_bytes() const { return file_bytes_ + committed_; }
  // errno where the last try to finish a segment failed (the file goes on growing, and it is tried
  // again), else 0.
  int rotation_error() const { return rotation_error_; }

 private:
  // What Open() has found and made.
  struct Files {
    std::string directory;
    UniqueFd lock, records;
    uint64_t bytes = 0, repaired_bytes = 0, last_segment = 0;
  };
  RecordWriter(Files files, const Options& options);
  void LoseCommitted();
  void Rotate(uint64_t now_ns);
  // False, and errno is set, if it is as before.
  bool StartNewFile();

  const std::string directory_;
  const Options options_;
  const UniqueFd lock_;
  UniqueFd fd_;
  const uint64_t repaired_bytes_;
  uint64_t file_bytes_;
  uint64_t last_segment_;
  std::string buffer_;
  size_t committed_ = 0;           // bytes of buffer_ that are whole lines
  bool ends_inside_line_ = false;  // the file, until the rest of the line can be written
  uint64_t oldest_line_ns_ = 0;    // 0 = buffer is empty
  uint64_t retry_not_before_ns_ = 0;
  uint64_t lines_written_ = 0;
  uint64_t lines_lost_ = 0;
  int last_error_ = 0;
  uint64_t rotate_not_before_ns_ = 0;
  int rotation_error_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_WRITER_H_
