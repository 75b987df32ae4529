#include "plugin/config_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace flowmon {
namespace {

constexpr std::string_view kProfiles[] = {"default", "development", "production"};

// Device and inode: the same file under whatever name.
using FileId = std::pair<dev_t, ino_t>;

struct FileContent {
  FileId id;
  std::string text;
};

absl::StatusOr<FileContent> ReadFile(const std::string& path) {
  const auto failed = [&path](std::string_view why) {
    return absl::InvalidArgumentError(absl::StrFormat("cannot read '%s': %s", path, why));
  };
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed(std::generic_category().message(errno));
  absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return failed(std::generic_category().message(errno));
  if (!S_ISREG(info.st_mode)) return failed("not a regular file");

  FileContent content{{info.st_dev, info.st_ino}, std::string(kMaxConfigFileBytes + 1, '\0')};
  size_t size = 0;
  while (size < content.text.size()) {
    const ssize_t n = read(fd, content.text.data() + size, content.text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(std::generic_category().message(errno));
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kMaxConfigFileBytes) return failed("larger than 1 MiB, so not a configuration file");
  content.text.resize(size);
  return content;
}

class Reader {
 public:
  explicit Reader(const std::string& profile_dir) : profile_dir_(profile_dir) {}

  absl::Status Read(const std::string& name, const std::string& base_dir,
                    const std::string& where) {
    const auto failed = [&where](const std::string& why) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": ", why));
    };
    const bool is_profile = std::ranges::find(kProfiles, name) != std::end(kProfiles);
    if (is_profile && profile_dir_.empty()) {
      return failed(absl::StrFormat(
          "the directory of the shipped profile '%s' is not known; give the path of a file", name));
    }
    const std::string path = is_profile ? absl::StrCat(profile_dir_, "/", name, ".yaml")
                             : name.starts_with('/') ? name
                                                     : absl::StrCat(base_dir, name);
    absl::StatusOr<FileContent> content = ReadFile(path);
    if (!content.ok()) {
      const bool bare = name.find_first_of("./") == std::string::npos && !is_profile;
      return failed(absl::StrCat(
          content.status().message(),
          bare ? absl::StrCat(" (the shipped profiles are ", JoinNames(kProfiles), ")") : ""));
    }
    if (const auto open = std::ranges::find(chain_, content->id, &Link::id); open != chain_.end()) {
      return failed(absl::StrFormat(
          "'%s' extends itself: %s -> %s", open->path,
          absl::StrJoin(open, chain_.end(), " -> ",
                        [](std::string* out, const Link& link) { out->append(link.path); }),
          path));
    }
    if (!seen_.insert(content->id).second) return absl::OkStatus();
    // Bounds the depth of this recursion as well.
    if (seen_.size() > kMaxConfigFiles) {
      return failed(absl::StrFormat("more than %d configuration files", kMaxConfigFiles));
    }

    absl::StatusOr<YamlConfig> yaml = ParseConfigYaml(content->text, path);
    if (!yaml.ok()) return yaml.status();
    chain_.push_back({content->id, path});
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    for (const YamlExtends& base : yaml->extends) {
      const std::string place = absl::StrFormat("%s:%d: extends", path, base.line);
      if (absl::Status status = Read(base.name, directory, place); !status.ok()) return status;
    }
    chain_.pop_back();
    files_.push_back({path, std::move(yaml->settings)});
    return absl::OkStatus();
  }

  std::vector<ConfigFile> Take() && { return std::move(files_); }

 private:
  struct Link {
    FileId id;
    std::string path;
  };

  const std::string& profile_dir_;
  std::vector<Link> chain_;  // the files that are being read, each extending the next
  absl::flat_hash_set<FileId> seen_;
  std::vector<ConfigFile> files_;
};

}  // namespace

absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(const std::string& file,
                                                        const std::string& where,
                                                        const std::string& profile_dir) {
  Reader reader(profile_dir);
  if (absl::Status status = reader.Read(file, "", where); !status.ok()) return status;
  return std::move(reader).Take();
}

}  // namespace flowmon
