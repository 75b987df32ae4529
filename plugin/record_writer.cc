#include "plugin/record_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"
#include "plugin/segments.h"

namespace flowmon {
namespace {

// What is kept in memory while the disk takes nothing.
constexpr size_t kMaxKeptBytes = size_t{4} << 20;
constexpr uint64_t kRetryIntervalNs = 1'000'000'000;

constexpr std::string_view kLockFileName = "executions.lock";

// The size of the file without a torn last line.
uint64_t SizeOfWholeLines(int fd, uint64_t size) {
  char block[4096];
  uint64_t end = size;
  while (end > 0) {
    const uint64_t start = end > sizeof(block) ? end - sizeof(block) : 0;
    const ssize_t n = pread(fd, block, end - start, static_cast<off_t>(start));
    if (n <= 0) return size;
    for (ssize_t i = n; i > 0; --i)
      if (block[i - 1] == '\n') return start + static_cast<uint64_t>(i);
    end = start;
  }
  return 0;
}

// Takes the last bytes of a file away. Asks for its size: others may have cut it meanwhile.
bool CutTail(int fd, size_t bytes) {
  struct stat info;
  return fstat(fd, &info) == 0 && ftruncate(fd, info.st_size - static_cast<off_t>(bytes)) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordWriter>> RecordWriter::Open(const std::string& directory,
                                                                 const Options& options) {
  Files files;
  files.directory = directory;
  // A file of its own, which is never removed: the records change their names.
  const std::string lock_path = StrCat(directory, "/", kLockFileName);
  files.lock = UniqueFd(
      open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!files.lock) return absl::ErrnoToStatus(errno, StrCat("cannot open ", lock_path));
  // Before the records are looked at: a predecessor may be writing its last lines.
  if (flock(files.lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, StrCat("cannot lock ", lock_path));
    return absl::FailedPreconditionError(
        StrCat(directory,
               " is in use by another instance: give each one its own output.directory "
               "(FLOW_MONITOR_OUTPUT)"));
  }
  RemoveUnfinishedSegments(directory);
  const auto segments = ListSegments(directory);
  if (!segments.ok()) return segments.status();
  if (!segments->empty()) files.last_segment = segments->back().number;

  const std::string path = StrCat(directory, "/", kRecordsFileName);
  files.records =
      UniqueFd(open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!files.records) return absl::ErrnoToStatus(errno, StrCat("cannot write records to ", path));
  struct stat info;
  if (fstat(files.records.get(), &info) != 0)
    return absl::ErrnoToStatus(errno, StrCat("cannot write records to ", path));
  if (!S_ISREG(info.st_mode))
    return absl::FailedPreconditionError(StrCat(path, " is not a regular file: remove it"));
  const auto size = static_cast<uint64_t>(info.st_size);
  files.bytes = SizeOfWholeLines(files.records.get(), size);
  files.repaired_bytes = size - files.bytes;
  if (files.repaired_bytes > 0 &&
      ftruncate(files.records.get(), static_cast<off_t>(files.bytes)) != 0)
    return absl::ErrnoToStatus(errno, StrCat("cannot cut the torn last line of ", path));
  return std::unique_ptr<RecordWriter>(new RecordWriter(std::move(files), options));
}

RecordWriter::RecordWriter(Files files, const Options& options)
    : directory_(std::move(files.directory)),
      options_(options),
      lock_(std::move(files.lock)),
      fd_(std::move(files.records)),
      repaired_bytes_(files.repaired_bytes),
      file_bytes_(files.bytes),
      last_segment_(files.last_segment) {
  buffer_.reserve(options.buffer_bytes + 4096);
}

RecordWriter::~RecordWriter() { FlushOrLose(); }

void RecordWriter::CommitLine(uint64_t now_ns) {
  if (buffer_.size() > kMaxKeptBytes && last_error_ != 0) {
    buffer_.resize(committed_);
    ++lines_lost_;
    FlushIfDue(now_ns);
    return;
  }
  committed_ = buffer_.size();
  ++lines_written_;
  if (oldest_line_ns_ == 0) oldest_line_ns_ = now_ns;
  if (committed_ >= options_.buffer_bytes) FlushIfDue(now_ns);
}

void RecordWriter::FlushIfDue(uint64_t now_ns) {
  if (committed_ == 0) return;
  const bool due =
      committed_ >= options_.buffer_bytes || now_ns - oldest_line_ns_ >= options_.flush_interval_ns;
  if (!due || (last_error_ != 0 && now_ns < retry_not_before_ns_)) return;
  if (!Flush()) {
    if (!options_.keep_unwritten && !ends_inside_line_) return LoseCommitted();
    retry_not_before_ns_ = now_ns + kRetryIntervalNs;
  } else if (file_bytes_ >= options_.segment_bytes && now_ns >= rotate_not_before_ns_) {
    Rotate(now_ns);
  }
}

bool RecordWriter::FlushOrLose() {
  if (Flush()) return true;
  LoseCommitted();
  return false;
}

void RecordWriter::LoseCommitted() {
  const auto lost = static_cast<uint64_t>(
      std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(committed_), '\n'));
  lines_written_ -= lost;
  lines_lost_ += lost;
  buffer_.erase(0, committed_);
  committed_ = 0;
  oldest_line_ns_ = 0;
}

bool RecordWriter::Flush() {
  size_t written = 0;
  while (written < committed_) {
    const ssize_t n = write(fd_.get(), buffer_.data() + written, committed_ - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      last_error_ = n < 0 ? errno : EIO;
      break;
    }
    written += static_cast<size_t>(n);
  }
  if (written < committed_) {
    // Readers should not see half a line: take back what follows the last whole one. Where that is
    // impossible, it stays, and the next try completes it.
    const size_t line_end = written == 0 ? std::string::npos : buffer_.rfind('\n', written - 1);
    size_t done = line_end == std::string::npos ? 0 : line_end + 1;
    if (done != written && !CutTail(fd_.get(), written - done)) done = written;
    if (done > 0) ends_inside_line_ = buffer_[done - 1] != '\n';
    buffer_.erase(0, done);
    committed_ -= done;
    file_bytes_ += done;
    return false;
  }
  buffer_.erase(0, written);
  committed_ = 0;
  file_bytes_ += written;
  oldest_line_ns_ = 0;
  last_error_ = 0;
  ends_inside_line_ = false;
  return true;
}

void RecordWriter::Rotate(uint64_t now_ns) {
  rotation_error_ = StartNewFile() ? 0 : errno;
  if (rotation_error_ != 0) rotate_not_before_ns_ = now_ns + kRetryIntervalNs;
}

bool RecordWriter::StartNewFile() {
  const std::string current = StrCat(directory_, "/", kRecordsFileName);
  const std::string fresh = StrCat(current, kUnfinishedSuffix);
  std::string segment;
  struct stat info;
  do {  // more than once only where somebody has put a file there
    segment = StrCat(directory_, "/", SegmentName(++last_segment_));
  } while (lstat(segment.c_str(), &info) == 0);

  // What fails most likely, for want of space or descriptors, comes first and changes nothing.
  UniqueFd fd(
      open(fresh.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd && rename(current.c_str(), segment.c_str()) == 0) {
    if (rename(fresh.c_str(), current.c_str()) == 0) {
      fd_ = std::move(fd);
      file_bytes_ = 0;
      return true;
    }
    const int error = errno;
    rename(segment.c_str(), current.c_str());
    errno = error;
  }
  const int error = errno;
  if (fd) unlink(fresh.c_str());
  --last_segment_;
  errno = error;
  return false;
}

}  // namespace flowmon
