#include "flowdb/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "flowdb/str_cat.h"

#define XXH_INLINE_ALL
#include "xxhash.h"

namespace flowmon {
namespace {

constexpr uint64_t kMinReadBytes = 64 << 10;

}  // namespace

absl::StatusOr<std::string> ReadRegularFile(const std::string& path, uint64_t max_bytes) {
  const auto failed = [&path](absl::StatusCode code, std::string_view why) {
    return absl::Status(code, StrCat("cannot read ", path, ": ", why));
  };
  const auto errno_error = [&failed] {
    return failed(absl::ErrnoToStatusCode(errno), std::generic_category().message(errno));
  };
  const auto too_large = [&] {
    return failed(absl::StatusCode::kOutOfRange, StrCat("it has more than ", max_bytes, " bytes"));
  };
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno_error();
  const absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return errno_error();
  if (!S_ISREG(info.st_mode))
    return failed(absl::StatusCode::kFailedPrecondition,
                  S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file");
  const auto expected = static_cast<uint64_t>(info.st_size);
  if (expected > max_bytes) return too_large();

  std::string bytes;
  uint64_t size = 0;
  while (true) {
    // One byte more than fstat() says, so that the end is met without growing. /proc says 0.
    if (size == bytes.size())
      bytes.resize(std::min(max_bytes + 1, std::max({expected + 1, kMinReadBytes, size * 2})));
    const ssize_t got = read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error();
    if (got == 0) break;
    size += static_cast<uint64_t>(got);
    if (size > max_bytes) return too_large();
  }
  bytes.resize(size);
  return bytes;
}

uint64_t ContentHash(std::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

}  // namespace flowmon
