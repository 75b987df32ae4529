#include "flowdb/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_join.h"
#include "flowdb/fields.h"
#include "flowdb/reader.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr int kMaxTempNames = 100;

absl::Status WriteError(std::string_view path, int error) {
  return {absl::ErrnoToStatusCode(error),
          StrCat("cannot write flow database ", path, ": ", std::generic_category().message(error),
                 "; check the folder's rights and its free space")};
}

absl::Status CheckLineLengths(std::string_view text, std::string_view path) {
  for (; !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() <= kMaxFlowDbLineBytes) continue;
    return absl::InvalidArgumentError(
        StrCat("cannot write flow database ", path, ": a line would have ", line.size(),
               " bytes, the limit is ", kMaxFlowDbLineBytes, "; shorten what starts with ",
               PrintableText(line, 40)));
  }
  return absl::OkStatus();
}

// The file to replace: `path`, or what it points to.
absl::StatusOr<std::string> ResolveTarget(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return path;
  if (error) return WriteError(path, error.value());
  if (status.type() != std::filesystem::file_type::regular) {
    return absl::FailedPreconditionError(
        StrCat("cannot write flow database ", path,
               ": it is there and not a regular file; give a file name"));
  }
  std::string target = std::filesystem::canonical(path, error).string();
  if (error) return WriteError(path, error.value());
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

// False with errno.
bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

std::string FormatFlowDb(const FlowDb& db) {
  std::string text;
  for (const auto& [key, value] : db.metadata()) {
    StrAppend(&text, "METADATA,", QuoteField(key), ",", QuoteRestOfLine(value), "\n");
  }
  for (LocationKind kind : kLocationKinds) {
    for (const Location& location : db.locations(kind)) {
      StrAppend(&text, LocationKindName(kind), ",", location.id, ",");
      StrAppend(&text, QuoteField(db.file_name(location.file)), ",", location.line, ",",
                location.col_start, ",", location.col_end, "\n");
    }
  }
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    StrAppend(&text, "FLOW,", flow.id, ",", flow.source_id, ",");
    StrAppend(&text, flow.sink_id, ",[", absl::StrJoin(flow.intermediates, ","), "],",
              QuoteRestOfLine(flow.description), "\n");
  }
  for (const Label& label : db.labels()) {
    StrAppend(&text, "LABEL,", RecordKindName(label.kind), ",", label.id, ",");
    StrAppend(&text, QuoteField(label.key), ",", QuoteRestOfLine(label.value), "\n");
  }
  return text;
}

absl::Status WriteFlowDb(const FlowDb& db, const std::string& path) {
  const std::string text = FormatFlowDb(db);
  if (absl::Status status = CheckLineLengths(text, path); !status.ok()) return status;
  absl::StatusOr<std::string> target = ResolveTarget(path);
  if (!target.ok()) return target.status();

  std::string temp_name;
  const int fd = OpenTempFile(*target, temp_name);
  if (fd < 0) return WriteError(path, errno);
  absl::Cleanup remove_temp = [&temp_name] { unlink(temp_name.c_str()); };
  const bool written = WriteAll(fd, text);
  int error = errno;
  // close() may be the first to tell of a full disk (NFS, quotas).
  if (close(fd) != 0 && written) return WriteError(path, errno);
  if (!written) return WriteError(path, error);
  if (rename(temp_name.c_str(), target->c_str()) != 0) return WriteError(path, errno);
  std::move(remove_temp).Cancel();
  return absl::OkStatus();
}

}  // namespace flowmon
