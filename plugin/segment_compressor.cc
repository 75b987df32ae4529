#include "plugin/segment_compressor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <exception>
#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"
#include "plugin/segments.h"
#include "plugin/unique_fd.h"

namespace flowmon {
namespace {

// Between two looks at whether to stop: below a millisecond's work.
constexpr size_t kChunkBytes = size_t{128} << 10;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// 0, or errno.
int WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return 0;
}

// 0, or errno; ECANCELED if it was stopped.
int Compress(int from, int to, uint64_t size, const std::atomic<bool>& stop) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> zstd(ZSTD_createCCtx());
  if (!zstd) return ENOMEM;
  ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_compressionLevel, kSegmentCompressionLevel);
  ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setPledgedSrcSize(zstd.get(), size);
  const auto plain = std::make_unique<char[]>(kChunkBytes);
  const size_t room = ZSTD_CStreamOutSize();
  const auto packed = std::make_unique<char[]>(room);
  uint64_t done = 0;
  for (;;) {
    if (stop.load(std::memory_order_relaxed)) return ECANCELED;
    const ssize_t n = read(from, plain.get(), kChunkBytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    done += static_cast<uint64_t>(n);
    const ZSTD_EndDirective mode = n == 0 ? ZSTD_e_end : ZSTD_e_continue;
    ZSTD_inBuffer input = {plain.get(), static_cast<size_t>(n), 0};
    size_t rest;
    do {
      ZSTD_outBuffer output = {packed.get(), room, 0};
      rest = ZSTD_compressStream2(zstd.get(), &output, &input, mode);
      // The size that was announced is not the one that came: somebody else writes into the file.
      if (ZSTD_isError(rest) != 0) return EIO;
      if (const int error = WriteAll(to, packed.get(), output.pos)) return error;
    } while (mode == ZSTD_e_end ? rest != 0 : input.pos < input.size);
    if (mode == ZSTD_e_end) return done == size ? 0 : EIO;
  }
}

// 0, or errno; then everything is as before.
int CompressSegment(const std::string& plain, const std::atomic<bool>& stop) {
  const UniqueFd from(open(plain.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info;
  if (!from || fstat(from.get(), &info) != 0) return errno;
  const std::string compressed = StrCat(plain, kCompressedSuffix);
  const std::string unfinished = StrCat(compressed, kUnfinishedSuffix);
  const UniqueFd to(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return errno;
  int error = ENOMEM;
  try {
    error = Compress(from.get(), to.get(), static_cast<uint64_t>(info.st_size), stop);
  } catch (const std::bad_alloc&) {
    // Tried again with the next segment.
  }
  if (error == 0 && rename(unfinished.c_str(), compressed.c_str()) != 0) error = errno;
  if (error != 0)
    unlink(unfinished.c_str());
  else
    unlink(plain.c_str());
  return error;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SegmentCompressor>> SegmentCompressor::Start(std::string directory,
                                                                            uint64_t last_segment) {
  std::unique_ptr<SegmentCompressor> compressor(
      new SegmentCompressor(std::move(directory), last_segment));
  SegmentCompressor* const self = compressor.get();
  auto thread = BackgroundThread::Start("flowmon-zstd", true, [self] { self->Run(); });
  if (!thread.ok()) return thread.status();
  compressor->thread_ = *std::move(thread);
  return compressor;
}

SegmentCompressor::SegmentCompressor(std::string directory, uint64_t last_segment)
    : directory_(std::move(directory)), last_segment_(last_segment) {
  sem_init(&wake_, 0, 1);
}

SegmentCompressor::~SegmentCompressor() {
  stop_.store(true);
  sem_post(&wake_);
  thread_.reset();
  sem_destroy(&wake_);
}

void SegmentCompressor::SetLastSegment(uint64_t number) {
  if (last_segment_.load(std::memory_order_relaxed) == number) return;
  last_segment_.store(number);
  sem_post(&wake_);
}

void SegmentCompressor::Run() {
  for (;;) {
    while (sem_wait(&wake_) != 0) {
    }
    if (stop_.load()) return;
    try {
      CompressAll();
    } catch (const std::exception&) {
      NoteFailure(ENOMEM);
    }
  }
}

void SegmentCompressor::CompressAll() {
  const auto segments = ListSegments(directory_);
  if (!segments.ok()) return NoteFailure(EIO);
  const uint64_t last = last_segment_.load();
  for (const Segment& segment : *segments) {
    if (segment.is_compressed || segment.number > last) continue;
    const int error = CompressSegment(StrCat(directory_, "/", SegmentName(segment.number)), stop_);
    if (stop_.load()) return;
    if (error != 0 && error != ENOENT) NoteFailure(error);
  }
}

void SegmentCompressor::NoteFailure(int error) {
  last_error_.store(error, std::memory_order_relaxed);
  num_failures_.fetch_add(1, std::memory_order_release);
}

}  // namespace flowmon
