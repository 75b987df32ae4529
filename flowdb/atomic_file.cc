#include "flowdb/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr int kMaxTempNames = 100;

absl::Status WriteError(std::string_view description, int error) {
  return {absl::ErrnoToStatusCode(error),
          StrCat("cannot write ", description, ": ", std::generic_category().message(error),
                 "; check the folder's rights and its free space")};
}

// The file to replace: `path`, or what it points to.
absl::StatusOr<std::string> ResolveTarget(const std::string& path, std::string_view description) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return path;
  if (error) return WriteError(description, error.value());
  if (status.type() != std::filesystem::file_type::regular) {
    return absl::FailedPreconditionError(StrCat(
        "cannot write ", description, ": it is there and not a regular file; give a file name"));
  }
  std::string target = std::filesystem::canonical(path, error).string();
  if (error) return WriteError(description, error.value());
  return target;
}

// Opens a new file beside `path` and puts its name into `name`. open() rather than mkstemp(), which
// leaves out the umask. -1 and errno on failure.
int OpenTempFile(std::string_view path, std::string& name) {
  int fd = -1;
  for (int i = 0; i < kMaxTempNames; ++i) {
    name = StrCat(path, ".tmp.", getpid(), ".", i);
    fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0 || errno != EEXIST) break;
  }
  return fd;
}

}  // namespace

AtomicFile::AtomicFile(int fd, std::string temp_name, std::string target, std::string description)
    : fd_(fd),
      temp_name_(std::move(temp_name)),
      target_(std::move(target)),
      description_(std::move(description)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      temp_name_(std::exchange(other.temp_name_, "")),
      target_(std::move(other.target_)),
      description_(std::move(other.description_)) {}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) close(fd_);
  if (!temp_name_.empty()) unlink(temp_name_.c_str());
}

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path, std::string_view what) {
  std::string description = StrCat(what, " ", path);
  absl::StatusOr<std::string> target = ResolveTarget(path, description);
  if (!target.ok()) return target.status();
  std::string temp_name;
  const int fd = OpenTempFile(*target, temp_name);
  if (fd < 0) return WriteError(description, errno);
  return AtomicFile(fd, std::move(temp_name), *std::move(target), std::move(description));
}

absl::Status AtomicFile::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd_, text.data(), text.size());
    if (written < 0 && errno != EINTR) return WriteError(description_, errno);
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  // close() may be the first to tell of a full disk (NFS, quotas).
  if (close(std::exchange(fd_, -1)) != 0) return WriteError(description_, errno);
  if (rename(temp_name_.c_str(), target_.c_str()) != 0) return WriteError(description_, errno);
  temp_name_.clear();
  return absl::OkStatus();
}

absl::Status ReplaceFile(const std::string& path, std::string_view what, std::string_view text) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path, what);
  if (!file.ok()) return file.status();
  if (absl::Status status = file->Write(text); !status.ok()) return status;
  return file->Commit();
}

}  // namespace flowmon
