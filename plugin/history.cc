#include "plugin/history.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_format.h"
#include "flowdb/str_cat.h"
#include "plugin/unique_fd.h"

namespace flowmon {
namespace {

// A last line whose writer was killed must not swallow the next one.
bool EndsInsideLine(int fd, off_t size) {
  char last = '\n';
  return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

HistoryPoint MakeHistoryPoint(const Statistics& statistics, const FlowDb& db, int64_t unix_ms,
                              uint64_t run_ms) {
  const Statistics::Totals& totals = statistics.totals();
  HistoryPoint point = {.unix_ms = unix_ms,
                        .run_ms = run_ms,
                        .executions = totals.executions,
                        .events = totals.events_produced,
                        .events_dropped = totals.events_dropped(),
                        .completions = totals.completions,
                        .flows_completed = totals.flows_completed,
                        .steps_reached = totals.intermediates_hit};
  for (size_t i = 0; i < db.num_flows(); ++i)
    if (const FlowStatistics* flow = statistics.flow(i))
      point.value_pairs += flow->evidence.value_pairs.count();
  return point;
}

History::History(const std::string& directory) : path_(StrCat(directory, "/", kHistoryFileName)) {}

absl::Status History::Append(const HistoryPoint& point) {
  const auto failed = [&] { return absl::ErrnoToStatus(errno, StrCat("cannot write ", path_)); };
  const UniqueFd file(
      open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat info;
  if (!file || fstat(file.get(), &info) != 0) return failed();
  const std::string line = absl::StrFormat(
      "%s{\"unix_ms\":%d,\"run_ms\":%u,\"executions\":%u,\"events\":%u,\"events_dropped\":%u,"
      "\"completions\":%u,\"flows_completed\":%u,\"steps_reached\":%u,\"value_pairs\":%u}\n",
      EndsInsideLine(file.get(), info.st_size) ? "\n" : "", point.unix_ms, point.run_ms,
      point.executions, point.events, point.events_dropped, point.completions,
      point.flows_completed, point.steps_reached, point.value_pairs);
  ssize_t written;
  do {
    written = write(file.get(), line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return failed();
  if (static_cast<size_t>(written) < line.size()) {
    errno = ftruncate(file.get(), info.st_size) == 0 ? ENOSPC : errno;
    return failed();
  }
  begun_ = true;
  last_ms_ = point.run_ms;
  return absl::OkStatus();
}

}  // namespace flowmon
