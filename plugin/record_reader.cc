#include "plugin/record_reader.h"

#include <sys/stat.h>

#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kBytesPerRead = size_t{256} << 10;

}  // namespace

absl::StatusOr<std::unique_ptr<RecordReader>> RecordReader::Open(std::string directory) {
  auto segments = ListSegments(directory);
  if (!segments.ok()) return segments.status();
  struct stat info;
  if (segments->empty() && stat(StrCat(directory, "/", kRecordsFileName).c_str(), &info) != 0)
    return absl::NotFoundError(StrCat("no ", kRecordsFileName, " in ", directory,
                                      "; give the directory that flowmon wrote into"));
  std::unique_ptr<RecordReader> reader(new RecordReader(std::move(directory)));
  reader->segments_ = *std::move(segments);
  return reader;
}

std::optional<std::string_view> RecordReader::Next() {
  for (;;) {
    if (const auto line = TakeLine()) return line;
    if (open_ && Fill()) continue;
    if (is_broken_ || !OpenNext()) return std::nullopt;
  }
}

std::optional<std::string_view> RecordReader::TakeLine() {
  for (;;) {
    const size_t newline = data_.find('\n', searched_);
    if (newline == std::string::npos) break;
    const std::string_view line(data_.data() + line_start_, newline - line_start_);
    line_start_ = searched_ = newline + 1;
    if (!std::exchange(skipping_, false)) return line;
  }
  searched_ = data_.size();
  if (skipping_ || data_.size() - line_start_ > kMaxLineBytes) {
    if (!std::exchange(skipping_, true))
      problems_.push_back(StrCat(directory_, ": a line of more than ", kMaxLineBytes,
                                 " bytes is left out: flowmon has not written it"));
    line_start_ = searched_;
  }
  return std::nullopt;
}

bool RecordReader::Fill() {
  data_.erase(0, line_start_);
  searched_ -= line_start_;
  line_start_ = 0;
  const size_t size = data_.size();
  data_.resize(size + kBytesPerRead);
  const absl::StatusOr<size_t> added = open_->Read({data_.data() + size, kBytesPerRead});
  data_.resize(size + (added.ok() ? *added : 0));
  if (added.ok()) return *added > 0;
  problems_.emplace_back(added.status().message());
  is_broken_ = is_current_;
  CloseFile();
  return false;
}

bool RecordReader::OpenNext() {
  if (open_ && is_current_) {
    current_is_torn_ = line_start_ < data_.size();
    if (!FindNewSegments()) {
      // Read again the next time: a resumed campaign may have cut it off by then.
      open_->Unread(data_.size() - line_start_);
      data_.resize(line_start_);
      searched_ = line_start_;
      return false;
    }
    // It has been finished meanwhile. What was appended before that comes first.
    current_is_torn_ = is_current_ = false;
    last_number_ = segments_[next_++].number;
    return true;
  }
  CloseFile();
  for (;;) {
    while (next_ < segments_.size() || FindNewSegments())
      if (OpenFinished(segments_[next_++].number)) return true;
    const bool opened = OpenCurrent();
    // A segment that was finished between the two steps comes before what is open now.
    if (!FindNewSegments()) return opened;
    CloseFile();
  }
}

bool RecordReader::OpenFinished(uint64_t number) {
  last_number_ = number;
  const std::string plain = StrCat(directory_, "/", SegmentName(number));
  auto opened = SegmentReader::Open(plain);
  // It may have been compressed since the directory was read.
  if (absl::IsNotFound(opened.status()))
    opened = SegmentReader::Open(StrCat(plain, kCompressedSuffix));
  if (!opened.ok()) {
    problems_.emplace_back(opened.status().message());
    return false;
  }
  open_ = *std::move(opened);
  is_current_ = false;
  return true;
}

bool RecordReader::OpenCurrent() {
  auto opened = SegmentReader::Open(StrCat(directory_, "/", kRecordsFileName));
  if (opened.ok()) {
    open_ = *std::move(opened);
    is_current_ = true;
    return true;
  }
  if (!absl::IsNotFound(opened.status())) {
    problems_.emplace_back(opened.status().message());
    is_broken_ = true;
  }
  return false;
}

bool RecordReader::FindNewSegments() {
  auto found = ListSegments(directory_);
  if (!found.ok()) return false;
  segments_ = *std::move(found);
  next_ = 0;
  while (next_ < segments_.size() && segments_[next_].number <= last_number_) ++next_;
  return next_ < segments_.size();
}

void RecordReader::CloseFile() {
  if (line_start_ < data_.size()) ++torn_lines_;
  data_.clear();
  line_start_ = searched_ = 0;
  skipping_ = false;
  open_.reset();
}

}  // namespace flowmon
