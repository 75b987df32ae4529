#include "plugin/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "flowdb/str_cat.h"
#include "plugin/unique_fd.h"

namespace flowmon {

bool ProcessExists(pid_t pid) { return kill(pid, 0) == 0 || errno == EPERM; }

uint64_t ProcessStartTime(pid_t pid) {
  const std::string stat = ReadProcFile(StrCat("/proc/", pid, "/stat"));
  const std::vector<absl::string_view> fields = StatFields(stat);
  constexpr size_t kStartTime = 22 - 3;
  uint64_t start = 0;
  if (fields.size() <= kStartTime || !absl::SimpleAtoi(fields[kStartTime], &start)) return 0;
  return start;
}

std::string ReadProcFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];
  const ssize_t size = fd ? read(fd.get(), text, sizeof(text)) : -1;
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

std::vector<absl::string_view> StatFields(absl::string_view stat) {
  // The second field is the command's name in parentheses, which may itself hold blanks and ')'.
  const size_t name_end = stat.rfind(')');
  if (name_end == absl::string_view::npos || name_end + 2 > stat.size()) return {};
  return absl::StrSplit(stat.substr(name_end + 2), ' ');
}

}  // namespace flowmon
