// Reads all records of a campaign, running or finished: every line of its segments (segments.h),
// plain or compressed, in the order in which they were written.
//
// Damage (a torn frame, a missing segment) costs what it covers, is described in problems(), and
// reading goes on behind it. Memory is bounded whatever the files hold. Not thread-safe.

#ifndef FLOWMON_PLUGIN_RECORD_READER_H_
#define FLOWMON_PLUGIN_RECORD_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/segment_reader.h"
#include "plugin/segments.h"

namespace flowmon {

class RecordReader {
 public:
  // Far above any record; a longer line is left out and described.
  static constexpr size_t kMaxLineBytes = size_t{256} << 20;

  // `directory` is flowmon's output directory. An error if it has no records at all.
  static absl::StatusOr<std::unique_ptr<RecordReader>> Open(std::string directory);
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  // The next line without its newline, valid until the next call; nothing at the end. Called again
  // after that, it gives what the campaign has written since.
  std::optional<std::string_view> Next();

  // Sentences for the user, in the order of the segments.
  const std::vector<std::string>& problems() const { return problems_; }
  // Lines without their end: of a writer that was killed, of a damaged segment, or, in the file
  // being written, half written so far.
  uint64_t torn_lines() const { return torn_lines_ + (current_is_torn_ ? 1 : 0); }

 private:
  explicit RecordReader(std::string directory) : directory_(std::move(directory)) {}

  // The next whole line in data_, if there is one.
  std::optional<std::string_view> TakeLine();
  // Reads more of the open file into data_. False at its end, for now, or where it is damaged.
  bool Fill();
  // Opens what follows the end of the open file. False if nothing does, for now.
  bool OpenNext();
  bool OpenFinished(uint64_t number);
  bool OpenCurrent();
  // Looks for segments after last_number_. False if there are none.
  bool FindNewSegments();
  void CloseFile();

  const std::string directory_;
  std::vector<Segment> segments_;  // from next_ on still to be read, as far as they are known
  size_t next_ = 0;
  uint64_t last_number_ = 0;  // of the last segment that was opened
  std::unique_ptr<SegmentReader> open_;
  bool is_current_ = false;  // open_ is executions.jsonl
  bool is_broken_ = false;   // executions.jsonl cannot be read any further
  std::string data_;         // of the open file; given out up to line_start_
  size_t line_start_ = 0;
  size_t searched_ = 0;    // there is no newline between line_start_ and here
  bool skipping_ = false;  // inside a line that is too long
  bool current_is_torn_ = false;
  uint64_t torn_lines_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_READER_H_
