#include "plugin/campaign_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "flowdb/str_cat.h"
#include "plugin/process_reader.h"
#include "plugin/processes.h"
#include "plugin/unique_fd.h"

namespace flowmon {
namespace {

std::string DirectoryName(pid_t pid, uint64_t start_time) {
  return StrCat("flowmon_", pid, "_", start_time);
}

// The names in a directory, never following a link to it; empty if it cannot be read.
std::vector<std::string> ListDirectory(const std::string& path) {
  std::vector<std::string> names;
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fdopendir(fd), closedir);
  if (!dir) {
    close(fd);
    return names;
  }
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Whether "flowmon_<pid>_<start time>" is the directory of a process that still exists; nothing if
// the name is not of this form.
std::optional<bool> OwnerIsAlive(const std::string& name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '_');
  pid_t pid = 0;
  uint64_t start = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &pid) ||
      !absl::SimpleAtoi(parts[2], &start) || pid <= 0 || name != DirectoryName(pid, start))
    return std::nullopt;
  return ProcessExists(pid) && ProcessStartTime(pid) == start;
}

bool AnyWriterAlive(const std::string& directory) {
  const std::vector<std::string> names = ListDirectory(directory);
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    const pid_t pid = PidOfProcessFile(name);
    return pid != 0 && ProcessExists(pid);
  });
}

}  // namespace

std::string CampaignDirectory(const std::string& base) {
  return StrCat(base, "/", DirectoryName(getpid(), ProcessStartTime(getpid())));
}

absl::StatusOr<std::string> CreateCampaignDirectory(const std::string& base) {
  std::string path = CampaignDirectory(base);
  if (mkdir(path.c_str(), 0700) != 0)
    return absl::ErrnoToStatus(
        errno, StrCat("cannot create ", path,
                      ": set shared_memory.directory (FLOW_SHM_DIR) to a writable directory"));
  return path;
}

bool RemoveCampaignDirectory(const std::string& path) {
  const UniqueFd dir(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) return errno == ENOENT;
  // A process that is still running may put new files in while we remove the old ones.
  constexpr int kMaxTries = 100;
  for (int i = 0; i < kMaxTries; ++i) {
    for (const std::string& name : ListDirectory(path)) RemoveEntry(dir.get(), name.c_str());
    if (rmdir(path.c_str()) == 0) return true;
  }
  return false;
}

std::vector<Leftover> FindLeftovers(const std::string& base, bool bare_files) {
  std::vector<Leftover> found;
  for (const std::string& name : ListDirectory(base + "/.")) {  // `base` itself may be a link
    const std::string path = StrCat(base, "/", name);
    struct stat info;
    if (lstat(path.c_str(), &info) != 0 || info.st_uid != geteuid()) continue;
    if (S_ISDIR(info.st_mode)) {
      if (OwnerIsAlive(name) == false && !AnyWriterAlive(path)) found.push_back({path, true});
    } else if (bare_files && S_ISREG(info.st_mode)) {
      const pid_t pid = PidOfProcessFile(name);
      if (pid != 0 && !ProcessExists(pid)) found.push_back({path, false});
    }
  }
  return found;
}

bool RemoveLeftover(const Leftover& leftover) {
  return leftover.is_directory ? RemoveCampaignDirectory(leftover.path)
                               : unlink(leftover.path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace flowmon
