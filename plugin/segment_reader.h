// The bytes of one segment, plain or compressed with zstd. record_reader.h makes lines of them.
//
// Compressed ones may come from anywhere: any number of frames, and any damage. Memory is bounded
// by the largest window that the zstd tool writes unless it is told otherwise, 128 MiB.

#ifndef FLOWMON_PLUGIN_SEGMENT_READER_H_
#define FLOWMON_PLUGIN_SEGMENT_READER_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "plugin/unique_fd.h"

struct ZSTD_DCtx_s;

namespace flowmon {

// Not thread-safe.
class SegmentReader {
 public:
  // `path` is taken for compressed if its name ends like that. kNotFound if there is no such file.
  static absl::StatusOr<std::unique_ptr<SegmentReader>> Open(std::string path);

  // 0 at the end: of a plain file that grows, for now. After an error nothing more can be read;
  // what came before it is good.
  absl::StatusOr<size_t> Read(std::span<char> out);

  // Of a plain file: the last `size` bytes are to be read again.
  void Unread(size_t size);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  SegmentReader(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  absl::StatusOr<size_t> ReadFile(std::span<char> out);
  absl::StatusOr<size_t> ReadCompressed(std::span<char> out);

  const std::string path_;
  const UniqueFd fd_;
  std::unique_ptr<ZSTD_DCtx_s, Free> zstd_;  // nullptr for a plain file
  std::unique_ptr<char[]> input_;
  size_t input_size_ = 0, input_done_ = 0;
  bool inside_frame_ = true;  // also before the first: an empty file is a damaged one
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_SEGMENT_READER_H_
