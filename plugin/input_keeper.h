// Keeps inputs that completed flows: of each flow the first one, the smallest, and the one with the
// shortest time from source to sink, as files (doc/RECORDS.md, "inputs"):
//
//     <directory>/flow_<id>/first, first.json, smallest, smallest.json, fastest, fastest.json
//
// The fuzzing thread only compares and, where an input is wanted, copies it; a thread of its own
// writes, each file as a whole. What it cannot take at the moment waits in the fuzzing thread: that
// one waits for nothing. Failures are counted; nothing here ends a campaign.

#ifndef FLOWMON_PLUGIN_INPUT_KEEPER_H_
#define FLOWMON_PLUGIN_INPUT_KEEPER_H_

#include <semaphore.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "flowdb/reader.h"
#include "plugin/background_thread.h"
#include "plugin/correlator.h"
#include "plugin/execution.h"
#include "plugin/input_files.h"

namespace flowmon {

class InputKeeper {
 public:
  struct Limits {
    uint64_t max_input_bytes;  // a larger input is not kept
    uint64_t max_total_bytes;  // of all kept inputs, and of all that wait to be written
  };

  // Goes on with what an earlier campaign left in `directory`; it is made when the first input is
  // kept. `afl_out`: the instance's output directory, in which the inputs' names are looked up;
  // empty = nowhere. The database must outlive it; inputs of
  // another one do not count, and are replaced. Fails where no thread can be started.
  static absl::StatusOr<std::unique_ptr<InputKeeper>> Start(const std::string& directory,
                                                            const std::string& afl_out,
                                                            const FlowDbFile& flowdb,
                                                            const Limits& limits);
  ~InputKeeper();
  InputKeeper(const InputKeeper&) = delete;
  InputKeeper& operator=(const InputKeeper&) = delete;

  // An execution of `input` that completed `correlation.flows`. `number`, `unix_ms`: as in its
  // record.
  void Offer(std::span<const uint8_t> input, const Execution& execution,
             const Correlation& correlation, uint64_t number, int64_t unix_ms);
  // Offer() threw: memory is short.
  void CountFailure() { num_failures_.fetch_add(1, std::memory_order_relaxed); }
  // Hands over what had to wait. Call it now and then.
  void Flush();
  // Writes what is wanted and not written yet, looks all names up once more, and waits for it.
  // Afterwards there are only the figures. The destructor does the same.
  void Finish();

  uint64_t num_kept() const { return num_kept_.load(std::memory_order_relaxed); }
  // Not kept, because the input or all together are too large.
  uint64_t num_over_limit() const { return num_over_limit_.load(std::memory_order_relaxed); }
  // Attempts to write that failed; each is repeated a second later.
  uint64_t num_failures() const { return num_failures_.load(std::memory_order_relaxed); }
  // Why the last attempts failed, one sentence; empty if they did not. Nothing if that cannot be
  // told without waiting.
  std::optional<std::string> TryFailure();

 private:
  // Flow index and kind -> the input that is to be kept next.
  using Wanted = absl::flat_hash_map<std::pair<uint32_t, InputKind>, KeptInput>;
  // Of one flow; owned by the fuzzing thread.
  struct Best {
    bool has_first = false;
    uint64_t smallest = UINT64_MAX;    // bytes
    uint64_t fastest_ns = UINT64_MAX;  // a faster one must be so by a tenth
  };

  InputKeeper(const std::string& directory, const std::string& afl_out, const FlowDbFile& flowdb,
              const Limits& limits);
  // Counted in waiting_bytes_ for as long as anybody has it.
  std::shared_ptr<const std::string> Copy(std::span<const uint8_t> input);
  void TakeOver();
  void Run();
  void WriteAll(Wanted& wanted);

  const Limits limits_;
  std::atomic<uint64_t> waiting_bytes_ = 0;  // of inputs that are not written yet
  std::vector<Best> best_;                   // by flow
  Wanted staged_;                            // of the fuzzing thread

  std::mutex mutex_;  // the fuzzing thread only tries it
  Wanted handed_over_;
  std::string failure_;
  sem_t wake_;
  std::atomic<bool> stop_ = false;

  InputFiles files_;  // of the writing thread
  std::atomic<uint64_t> num_kept_ = 0, num_over_limit_ = 0, num_failures_ = 0;
  std::unique_ptr<BackgroundThread> thread_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_INPUT_KEEPER_H_
