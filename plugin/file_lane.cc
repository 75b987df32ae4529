#include "plugin/file_lane.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"
#include "plugin/campaign_dir.h"
#include "plugin/processes.h"

namespace flowmon {

void FileLane::DirCloser::operator()(DIR* dir) const { closedir(dir); }

absl::StatusOr<std::unique_ptr<FileLane>> FileLane::Create(const std::string& base, bool keep,
                                                           ProcessReader reader) {
  absl::StatusOr<std::string> path = CreateCampaignDirectory(base);
  if (!path.ok()) return path.status();
  Dir dir(opendir(path->c_str()));
  if (!dir) {
    const int error = errno;
    rmdir(path->c_str());
    return absl::ErrnoToStatus(error, StrCat("cannot open ", *path));
  }
  return std::unique_ptr<FileLane>(
      new FileLane(*std::move(path), std::move(dir), keep, std::move(reader)));
}

FileLane::FileLane(std::string directory, Dir dir, bool keep, ProcessReader reader)
    : directory_(std::move(directory)),
      keep_(keep),
      dir_(std::move(dir)),
      reader_(std::move(reader)) {
  creations_ = UniqueFd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (creations_ && inotify_add_watch(creations_.get(), directory_.c_str(),
                                      IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
    creations_ = UniqueFd();
}

FileLane::~FileLane() {
  if (!keep_) RemoveCampaignDirectory(directory_);
}

bool FileLane::HasNews() {
  if (any_left_ || !creations_) return true;
  char events[4096];
  bool any = false;
  while (read(creations_.get(), events, sizeof(events)) > 0) any = true;
  return any;
}

void FileLane::Collect(uint64_t run_start_ns, Execution& out) {
  const int dir_fd = dirfd(dir_.get());
  pids_.clear();
  rewinddir(dir_.get());
  while (const dirent* entry = readdir(dir_.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (const pid_t pid = PidOfProcessFile(name)) {
      pids_.push_back(pid);
    } else {
      ++num_refused_;
      RemoveEntry(dir_fd, entry->d_name);
    }
  }
  std::sort(pids_.begin(), pids_.end());
  pids_.erase(std::unique(pids_.begin(), pids_.end()), pids_.end());
  const bool is_alone = out.hits.empty() && pids_.size() < 2;
  for (const pid_t pid : pids_)
    reader_.Take(dir_fd, pid, static_cast<uint32_t>(run_start_ns >> 10), out);
  if (!is_alone) out.MergeHits();
  any_left_ = std::any_of(pids_.begin(), pids_.end(), ProcessExists);
}

}  // namespace flowmon
