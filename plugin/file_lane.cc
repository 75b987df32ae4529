#include "plugin/file_lane.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"
#include "plugin/campaign_dir.h"

namespace flowmon {

void FileLane::DirCloser::operator()(DIR* dir) const { closedir(dir); }

absl::StatusOr<std::unique_ptr<FileLane>> FileLane::Create(const std::string& base, bool keep,
                                                           ProcessReader reader) {
  const absl::StatusOr<std::string> path = CreateCampaignDirectory(base);
  if (!path.ok()) return path.status();
  std::unique_ptr<FileLane> lane(new FileLane(*path, keep, std::move(reader)));
  if (!lane->Open()) {
    const int error = errno;
    rmdir(path->c_str());
    return absl::ErrnoToStatus(error, StrCat("cannot open ", *path));
  }
  return lane;
}

std::unique_ptr<FileLane> FileLane::Expect(const std::string& base, bool keep,
                                           ProcessReader reader) {
  return std::unique_ptr<FileLane>(new FileLane(CampaignDirectory(base), keep, std::move(reader)));
}

FileLane::FileLane(std::string directory, bool keep, ProcessReader reader)
    : directory_(std::move(directory)), keep_(keep), reader_(std::move(reader)) {}

bool FileLane::Open() {
  const int fd = open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  dir_.reset(fdopendir(fd));
  if (!dir_) {
    close(fd);
    return false;
  }
  // The name can be foreseen: what another user has put there is none of ours.
  struct stat info;
  if (fstat(fd, &info) != 0 || info.st_uid != geteuid()) dir_.reset();
  return dir_ != nullptr;
}

FileLane::~FileLane() {
  if (!keep_ && (dir_ || Open())) RemoveCampaignDirectory(directory_);
}

void FileLane::Collect(uint64_t run_start_ns, Execution& out) {
  if (!dir_ && !Open()) return;
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
  if (pids_.empty()) return;
  const bool is_alone = out.hits.empty() && pids_.size() < 2;
  out.hits_are_ordered = false;
  for (const pid_t pid : pids_)
    reader_.Take(dir_fd, pid, static_cast<uint32_t>(run_start_ns >> 10), out);
  if (!is_alone) out.MergeHits();
}

}  // namespace flowmon
