#include "flowdb/sarif/sarif_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "flowdb/fields.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

absl::StatusOr<SarifFile> SarifFile::Open(const std::string& path) {
  const auto error = [&](std::string_view reason, std::string_view remedy) {
    return absl::FailedPreconditionError(
        StrCat("cannot read ", PrintableText(path), ": ", reason, "; ", remedy));
  };
  // A pipe that nobody writes to must not stop us.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return error(std::generic_category().message(errno), "give the path of a readable SARIF file");
  }
  SarifFile file(fd, path);
  struct stat info;
  if (fstat(fd, &info) != 0) return error(std::generic_category().message(errno), "copy the file");
  if (S_ISDIR(info.st_mode)) return error("it is a directory", "give a SARIF file in it");
  if (!S_ISREG(info.st_mode)) {
    return error("it is read twice, so it must be a regular file", "save it to one first");
  }
  return file;
}

SarifFile::SarifFile(SarifFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), text_(other.text_), name_(std::move(other.name_)) {}

SarifFile::~SarifFile() {
  if (fd_ >= 0) close(fd_);
}

std::string SarifFile::ReadAt(uint64_t offset, size_t size) const {
  if (fd_ < 0) return std::string(text_.substr(std::min<uint64_t>(offset, text_.size()), size));
  std::string bytes(size, '\0');
  size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        pread(fd_, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::unique_ptr<JsonReader> SarifFile::NewReader(uint64_t offset) const {
  if (offset == 0 && ReadAt(0, kByteOrderMark.size()) == kByteOrderMark) {
    offset = kByteOrderMark.size();
  }
  return fd_ < 0 ? std::make_unique<JsonReader>(text_, offset)
                 : std::make_unique<JsonReader>(fd_, offset);
}

bool SarifFile::IsOtherUnicode() const {
  const std::string start = ReadAt(0, 2);
  return start == "\xFF\xFE" || start == "\xFE\xFF" || (start.size() == 2 && start[0] == '\0') ||
         start == std::string_view("{\0", 2);
}

std::string SarifFile::Describe(const JsonProblem& problem) const {
  uint64_t line = 1;
  for (uint64_t offset = 0; offset < problem.offset;) {
    const std::string bytes =
        ReadAt(offset, std::min<uint64_t>(kChunkBytes, problem.offset - offset));
    if (bytes.empty()) break;
    line += static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    offset += bytes.size();
  }
  // Many producers write one line only: the offset helps there.
  return StrCat(PrintableText(name_), ":", line, ": ", problem.message, " (byte ", problem.offset,
                ")");
}

absl::Status SarifFile::Error(const JsonProblem& problem) const {
  return absl::InvalidArgumentError(
      StrCat(Describe(problem), "; write the file again with the analyser"));
}

}  // namespace flowmon
