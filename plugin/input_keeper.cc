#include "plugin/input_keeper.h"

#include <errno.h>
#include <time.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "plugin/clock.h"

namespace flowmon {
namespace {

// Improvements come in crowds at the beginning: each is replaced by a better one soon.
constexpr time_t kSecondsBetweenWrites = 1;
constexpr uint64_t kNsBetweenLooksForNames = 30'000'000'000;
constexpr size_t kMaxFailuresAtOnce = 8;

// False if somebody posts before that.
bool WaitFor(sem_t& semaphore, time_t seconds) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += seconds;
  int error;
  do error = sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until);
  while (error != 0 && errno == EINTR);
  return error != 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<InputKeeper>> InputKeeper::Start(const std::string& directory,
                                                                const std::string& afl_out,
                                                                const FlowDbFile& flowdb,
                                                                const Limits& limits) {
  std::unique_ptr<InputKeeper> keeper(new InputKeeper(directory, afl_out, flowdb, limits));
  for (const InputFiles::Found& found : keeper->files_.Load()) {
    Best& best = keeper->best_[found.flow];
    best.has_first |= found.kind == InputKind::kFirst;
    if (found.kind == InputKind::kSmallest) best.smallest = found.size;
    if (found.kind == InputKind::kFastest) best.fastest_ns = found.time_ns;
  }
  InputKeeper* const self = keeper.get();
  auto thread = BackgroundThread::Start("flowmon-inputs", false, [self] { self->Run(); });
  if (!thread.ok()) return thread.status();
  keeper->thread_ = *std::move(thread);
  return keeper;
}

InputKeeper::InputKeeper(const std::string& directory, const std::string& afl_out,
                         const FlowDbFile& flowdb, const Limits& limits)
    : limits_(limits),
      best_(flowdb.db.num_flows()),
      files_(directory, afl_out, flowdb, limits.max_input_bytes) {
  sem_init(&wake_, 0, 0);
}

InputKeeper::~InputKeeper() {
  Finish();
  sem_destroy(&wake_);
}

void InputKeeper::Finish() {
  {
    const std::lock_guard lock(mutex_);
    TakeOver();
  }
  stop_.store(true);
  sem_post(&wake_);
  thread_.reset();
}

void InputKeeper::Offer(std::span<const uint8_t> input, const Execution& execution,
                        const Correlation& correlation, uint64_t number, int64_t unix_ms) {
  std::shared_ptr<const std::string> bytes;
  for (const CompletedFlow& flow : correlation.flows) {
    Best& best = best_[flow.flow];
    const bool is_first = !best.has_first;
    const bool is_smaller = input.size() < best.smallest;
    const bool is_faster = flow.min_ns < best.fastest_ns - best.fastest_ns / 10;
    if (!is_first && !is_smaller && !is_faster) continue;
    if (input.size() > limits_.max_input_bytes ||
        (!bytes &&
         waiting_bytes_.load(std::memory_order_relaxed) + input.size() > limits_.max_total_bytes)) {
      num_over_limit_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (!bytes) bytes = Copy(input);
    KeptInput kept = {bytes, number, unix_ms, flow.min_ns, flow.count, 0, 0};
    // The first completion, as records list it: the first sink event behind the first source event.
    const Event& source = execution.events[flow.source_events.front()];
    const auto sink = std::ranges::find_if(flow.sink_events, [&](uint32_t event) {
      return execution.events[event].timestamp > source.timestamp;
    });
    kept.source_hash = source.hash;
    kept.sink_hash = execution.events[*sink].hash;
    if (is_first) staged_[{flow.flow, InputKind::kFirst}] = kept;
    if (is_smaller) staged_[{flow.flow, InputKind::kSmallest}] = kept;
    if (is_faster) staged_[{flow.flow, InputKind::kFastest}] = kept;
    best.has_first = true;
    best.smallest = std::min<uint64_t>(best.smallest, input.size());
    if (is_faster) best.fastest_ns = flow.min_ns;
  }
  if (bytes) Flush();
}

std::shared_ptr<const std::string> InputKeeper::Copy(std::span<const uint8_t> input) {
  auto bytes = std::make_unique<const std::string>(reinterpret_cast<const char*>(input.data()),
                                                   input.size());
  waiting_bytes_.fetch_add(input.size(), std::memory_order_relaxed);
  return {bytes.release(), [this](const std::string* done) {
            waiting_bytes_.fetch_sub(done->size(), std::memory_order_relaxed);
            delete done;
          }};
}

void InputKeeper::Flush() {
  if (staged_.empty()) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) TakeOver();
}

// With the lock.
void InputKeeper::TakeOver() {
  handed_over_.reserve(handed_over_.size() + staged_.size());  // what throws, throws here
  for (auto& [place, input] : staged_) handed_over_[place] = std::move(input);
  staged_.clear();
}

std::optional<std::string> InputKeeper::TryFailure() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;
  return failure_;
}

void InputKeeper::Run() {
  uint64_t looked_ns = NowNs(CLOCK_MONOTONIC);
  Wanted wanted;  // also what could not be written the last time
  bool is_last = false;
  while (!is_last) {
    WaitFor(wake_, kSecondsBetweenWrites);
    is_last = stop_.load();
    try {
      {
        const std::lock_guard lock(mutex_);
        wanted.reserve(wanted.size() + handed_over_.size());
        for (auto& [place, input] : handed_over_) wanted[place] = std::move(input);
        handed_over_.clear();
      }
      WriteAll(wanted);
      const uint64_t now_ns = NowNs(CLOCK_MONOTONIC);
      if (is_last || now_ns - looked_ns >= kNsBetweenLooksForNames) {
        files_.FindNames();
        looked_ns = now_ns;
      }
    } catch (const std::exception&) {  // memory is short
      num_failures_.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

// Takes out what was written, or will never be.
void InputKeeper::WriteAll(Wanted& wanted) {
  absl::Status result;
  size_t num_failed = 0;
  absl::erase_if(wanted, [&](const auto& entry) {
    if (num_failed >= kMaxFailuresAtOnce) return false;  // the disk is full, most likely
    const auto& [place, input] = entry;
    if (files_.TotalWith(place.first, place.second, input.bytes->size()) >
        limits_.max_total_bytes) {
      num_over_limit_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    const absl::Status status = files_.Write(place.first, place.second, input);
    (status.ok() ? num_kept_ : num_failures_).fetch_add(1, std::memory_order_relaxed);
    num_failed += status.ok() ? 0 : 1;
    result.Update(status);
    return status.ok();
  });
  const std::lock_guard lock(mutex_);
  failure_ = std::string(result.message());
}

}  // namespace flowmon
