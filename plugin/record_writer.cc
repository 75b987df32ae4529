#include "plugin/record_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// What is kept in memory while the disk takes nothing.
constexpr size_t kMaxKeptBytes = size_t{4} << 20;
constexpr uint64_t kRetryIntervalNs = 1'000'000'000;

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

absl::StatusOr<std::unique_ptr<RecordWriter>> RecordWriter::Open(const std::string& path,
                                                                 size_t buffer_bytes,
                                                                 uint64_t flush_interval_ns) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return absl::ErrnoToStatus(errno, StrCat("cannot write records to ", path));
  // Before the file is looked at: a predecessor may be writing its last lines.
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, StrCat("cannot lock ", path));
    return absl::FailedPreconditionError(
        StrCat(path,
               " is in use by another instance: give each one its own output.directory "
               "(FLOW_MONITOR_OUTPUT)"));
  }
  struct stat info;
  if (fstat(fd.get(), &info) != 0)
    return absl::ErrnoToStatus(errno, StrCat("cannot write records to ", path));
  if (!S_ISREG(info.st_mode))
    return absl::FailedPreconditionError(StrCat(path, " is not a regular file: remove it"));
  const auto size = static_cast<uint64_t>(info.st_size);
  const uint64_t whole = SizeOfWholeLines(fd.get(), size);
  if (whole != size && ftruncate(fd.get(), static_cast<off_t>(whole)) != 0)
    return absl::ErrnoToStatus(errno, StrCat("cannot cut the torn last line of ", path));
  return std::unique_ptr<RecordWriter>(
      new RecordWriter(std::move(fd), size - whole, buffer_bytes, flush_interval_ns));
}

RecordWriter::RecordWriter(UniqueFd fd, uint64_t repaired, size_t buffer_bytes,
                           uint64_t flush_interval_ns)
    : fd_(std::move(fd)),
      repaired_bytes_(repaired),
      buffer_bytes_(buffer_bytes),
      flush_interval_ns_(flush_interval_ns) {
  buffer_.reserve(buffer_bytes + 4096);
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
  if (committed_ >= buffer_bytes_) FlushIfDue(now_ns);
}

void RecordWriter::FlushIfDue(uint64_t now_ns) {
  if (committed_ == 0) return;
  const bool due = committed_ >= buffer_bytes_ || now_ns - oldest_line_ns_ >= flush_interval_ns_;
  if (!due || (last_error_ != 0 && now_ns < retry_not_before_ns_)) return;
  if (!Flush()) retry_not_before_ns_ = now_ns + kRetryIntervalNs;
}

bool RecordWriter::FlushOrLose() {
  if (Flush()) return true;
  const auto lost = static_cast<uint64_t>(
      std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(committed_), '\n'));
  lines_written_ -= lost;
  lines_lost_ += lost;
  buffer_.erase(0, committed_);
  committed_ = 0;
  oldest_line_ns_ = 0;
  return false;
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
    buffer_.erase(0, done);
    committed_ -= done;
    return false;
  }
  buffer_.erase(0, written);
  committed_ = 0;
  oldest_line_ns_ = 0;
  last_error_ = 0;
  return true;
}

}  // namespace flowmon
