// Compresses finished segments (segments.h) in a thread of its own, which the fuzzing thread never
// waits for.
//
// The two share atomics and a semaphore, no lock: the thread runs only where a core has nothing
// else to do (SCHED_IDLE), and whoever waited for a lock that it holds would wait for such a core.
// What they do share is the kernel's lock of the directory, for three calls a segment. The thread
// sets no environment and logs nothing.
//
// A segment is compressed under another name, renamed when it is whole, and only then is the plain
// one removed: whatever process dies at any point, all lines are there. Nothing is synced, because
// that can stall the fuzzer's own writes: a machine that crashes may lose the segments that were
// compressed in the last half minute.

#ifndef FLOWMON_PLUGIN_SEGMENT_COMPRESSOR_H_
#define FLOWMON_PLUGIN_SEGMENT_COMPRESSOR_H_

#include <semaphore.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "plugin/background_thread.h"

namespace flowmon {

// Zstd's level: of 1 to 6, 1 is the fastest and, on records, smaller than 2 to 5 (1/18 at 400 MB/s;
// level 6 gives 1/21 at 70 MB/s).
inline constexpr int kSegmentCompressionLevel = 1;

class SegmentCompressor {
 public:
  // Begins with the plain segments that are there already, up to `last_segment`. The caller must
  // hold the RecordWriter's lock for as long as the object lives. Fails where no thread can be
  // started.
  static absl::StatusOr<std::unique_ptr<SegmentCompressor>> Start(std::string directory,
                                                                  uint64_t last_segment);
  // Gives up the segment in progress, leaving the plain one, and joins the thread.
  ~SegmentCompressor();
  SegmentCompressor(const SegmentCompressor&) = delete;
  SegmentCompressor& operator=(const SegmentCompressor&) = delete;

  // Segments up to this number are finished. Never blocks; costs nothing if the number is known.
  void SetLastSegment(uint64_t number);

  // Times that a segment could not be compressed. It stays as it is, and is tried again when the
  // next one is finished.
  uint64_t num_failures() const { return num_failures_.load(std::memory_order_relaxed); }
  // errno of the last failure.
  int last_error() const { return last_error_.load(std::memory_order_relaxed); }

 private:
  SegmentCompressor(std::string directory, uint64_t last_segment);
  void Run();
  void CompressAll();
  void NoteFailure(int error);

  const std::string directory_;
  sem_t wake_;
  std::atomic<uint64_t> last_segment_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> num_failures_ = 0;
  std::atomic<int> last_error_ = 0;
  std::unique_ptr<BackgroundThread> thread_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_SEGMENT_COMPRESSOR_H_
