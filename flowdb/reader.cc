#include "flowdb/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "flowdb/parser.h"
#include "flowdb/read_file.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kMinReadBytes = 64 << 10;

absl::Status ReadError(std::string_view path, int error) {
  std::string_view remedy = "try to copy the file elsewhere";
  if (error == ENOENT || error == ENOTDIR) remedy = "give the path of an existing .flowdb file";
  if (error == EACCES || error == EPERM) remedy = "make it readable for this user";
  return {absl::ErrnoToStatusCode(error),
          StrCat("cannot read flow database ", path, ": ", std::generic_category().message(error),
                 "; ", remedy)};
}

absl::Status TooLargeError(std::string_view file_name) {
  return absl::InvalidArgumentError(
      StrCat("flow database ", file_name, " is larger than ", kMaxFlowDbBytes, " bytes; split it"));
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ReadError(path, errno);
  const absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return ReadError(path, errno);
  if (S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(StrCat("cannot read flow database ", path,
                                                ": it is a directory; give a .flowdb file in it"));
  }
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    return absl::FailedPreconditionError(StrCat(
        "cannot read flow database ", path, ": it is a device or a socket; give a .flowdb file"));
  }
  if (static_cast<uint64_t>(info.st_size) > kMaxFlowDbBytes) return TooLargeError(path);

  std::string text;
  size_t size = 0;
  for (;;) {
    if (size == text.size()) {
      // One byte more than fstat() says, so that the end is met without growing.
      text.resize(std::max({static_cast<size_t>(info.st_size) + 1, kMinReadBytes, size * 2}));
    }
    const ssize_t got = read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ReadError(path, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > kMaxFlowDbBytes) return TooLargeError(path);
  }
  text.resize(size);
  return text;
}

bool IsUtf16(std::string_view text) {
  return text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF";
}

}  // namespace

std::string FormatWarning(std::string_view file_name, const FlowDbWarning& warning) {
  std::string line = StrCat(file_name, ":");
  if (warning.line != 0) StrAppend(&line, warning.line, ":");
  StrAppend(&line, " ", warning.message);
  if (!warning.text.empty()) StrAppend(&line, ": ", warning.text);
  return line;
}

absl::StatusOr<FlowDbFile> ParseFlowDb(std::string_view text, std::string_view file_name,
                                       NoFlows no_flows) {
  if (text.size() > kMaxFlowDbBytes) return TooLargeError(file_name);
  if (IsUtf16(text)) {
    return absl::InvalidArgumentError(
        StrCat("flow database ", file_name, " is UTF-16; save it as UTF-8"));
  }
  const uint64_t content_hash = ContentHash(text);
  FlowDbFile file = FlowDbParser(text).Parse();
  file.content_hash = content_hash;
  // The parser puts its reason, as the only warning of the whole file, first.
  if (file.db.num_flows() == 0 && no_flows == NoFlows::kError) {
    return absl::InvalidArgumentError(
        StrCat("flow database ", file_name, " ", file.warnings.front().message));
  }
  return file;
}

absl::StatusOr<FlowDbFile> ReadFlowDb(const std::string& path, NoFlows no_flows) {
  absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return text.status();
  return ParseFlowDb(*text, path, no_flows);
}

}  // namespace flowmon
