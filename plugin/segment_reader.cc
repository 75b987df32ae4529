#include "plugin/segment_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "flowdb/str_cat.h"
#include "plugin/segments.h"

namespace flowmon {
namespace {

constexpr size_t kInputBytes = size_t{128} << 10;
constexpr int kMaxWindowLog = 27;

}  // namespace

void SegmentReader::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

absl::StatusOr<std::unique_ptr<SegmentReader>> SegmentReader::Open(std::string path) {
  // O_NONBLOCK: a pipe under this name must not stop the reader.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0)
    return absl::ErrnoToStatus(errno, StrCat("cannot read ", path));
  if (!S_ISREG(info.st_mode))
    return absl::FailedPreconditionError(StrCat(path, " is not a regular file"));
  const bool is_compressed = absl::EndsWith(path, AbslView(kCompressedSuffix));
  std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(path), std::move(fd)));
  if (!is_compressed) return reader;
  reader->zstd_.reset(ZSTD_createDCtx());
  if (!reader->zstd_)
    return absl::ResourceExhaustedError(StrCat("memory is short for reading ", reader->path_));
  ZSTD_DCtx_setParameter(reader->zstd_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  reader->input_ = std::make_unique<char[]>(kInputBytes);
  return reader;
}

absl::StatusOr<size_t> SegmentReader::Read(std::span<char> out) {
  return zstd_ ? ReadCompressed(out) : ReadFile(out);
}

absl::StatusOr<size_t> SegmentReader::ReadFile(std::span<char> out) {
  ssize_t n;
  do {
    n = read(fd_.get(), out.data(), out.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) return absl::ErrnoToStatus(errno, StrCat("cannot read ", path_));
  return static_cast<size_t>(n);
}

void SegmentReader::Unread(size_t size) { lseek(fd_.get(), -static_cast<off_t>(size), SEEK_CUR); }

absl::StatusOr<size_t> SegmentReader::ReadCompressed(std::span<char> out) {
  ZSTD_outBuffer output = {out.data(), out.size(), 0};
  while (output.pos == 0) {
    if (input_done_ == input_size_) {
      const absl::StatusOr<size_t> size = ReadFile({input_.get(), kInputBytes});
      if (!size.ok()) return size.status();
      input_size_ = *size;
      input_done_ = 0;
      if (input_size_ == 0 && !inside_frame_) return 0;
    }
    ZSTD_inBuffer input = {input_.get(), input_size_, input_done_};
    // Without input too: the last call may have had no room for all that it had decoded.
    const size_t rest = ZSTD_decompressStream(zstd_.get(), &output, &input);
    if (ZSTD_isError(rest) != 0)
      return absl::DataLossError(
          StrCat(path_, " is damaged: zstd says '", ZSTD_getErrorName(rest), "'"));
    input_done_ = input.pos;
    inside_frame_ = rest != 0;
    if (input_size_ == 0 && output.pos == 0 && inside_frame_)
      return absl::DataLossError(StrCat(path_, " is damaged: it ends in the middle of a frame"));
  }
  return output.pos;
}

}  // namespace flowmon
