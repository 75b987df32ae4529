#include "plugin/session_lane.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/status/status.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// Above the descriptors that AFL++ has for its forkserver (198, 199), so that the target's own get
// the numbers that they get without us.
constexpr int kLowestDescriptor = 210;

// A counter that was counted and is not in the list of first hits (a thread of an earlier run was
// at it while it was cleared, its process was killed between the two, or wrote where it should not)
// would hide its id for ever: they are looked for now and then, at a byte or less a run.
constexpr uint32_t kMinRunsBetweenSearches = 1 << 10;
constexpr size_t kMaxHidden = 1 << 10;

constexpr uint64_t kSmallHits = 2048;      // bytes
constexpr uint64_t kSmallTallies = 16384;  // bytes

constexpr uint64_t AlignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

uint32_t Run(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
uint64_t Word(uint32_t run, uint32_t low = 0) { return uint64_t{run} << 32 | low; }

template <typename T>
T Load(T& shared) {
  return std::atomic_ref<T>(shared).load(std::memory_order_acquire);
}
template <typename T>
void Store(T& shared, T value) {
  std::atomic_ref<T>(shared).store(value, std::memory_order_release);
}
template <typename T>
T Exchange(T& shared, T value) {
  return std::atomic_ref<T>(shared).exchange(value, std::memory_order_acq_rel);
}
// Of a counter that is seldom anything but zero.
uint32_t Take(uint32_t& counter) { return Load(counter) == 0 ? 0 : Exchange(counter, 0u); }

}  // namespace

absl::StatusOr<std::unique_ptr<SessionLane>> SessionLane::Create(uint32_t max_events,
                                                                 uint32_t map_size,
                                                                 EventLimit limit) {
  if (limit.max_events_per_id == 0 || limit.num_ids == 0) limit = {UINT32_MAX, 0};
  flow_session header = {};
  header.magic = FLOW_SESSION_MAGIC;
  header.max_events = max_events;
  header.map_size = map_size;
  header.max_events_per_id = limit.max_events_per_id;
  header.num_tallied_ids = limit.num_ids;
  // Where the tallies and the lists of hits are small, all that a small run touches is on the first
  // page.
  const uint64_t head_size = AlignUp(sizeof(header), 64);
  const uint64_t tallies_size =
      AlignUp(FLOW_NUM_TALLIES(uint64_t{limit.num_ids}) * sizeof(uint64_t), 64);
  const uint64_t full_size = AlignUp(2 * uint64_t{limit.num_ids} * sizeof(uint64_t), 64);
  const bool tallies_first = tallies_size <= kSmallTallies;
  const uint64_t start = head_size + (tallies_first ? tallies_size : 0);
  const uint64_t events_size = uint64_t{max_events} * sizeof(flow_event);
  const uint64_t hits_size = AlignUp(uint64_t{map_size} * (sizeof(uint64_t) + 1), 64);
  const bool hits_first = hits_size <= kSmallHits;
  header.events_offset = hits_first ? start + hits_size : start;
  header.first_hits_offset = hits_first ? start : start + events_size;
  header.counters_offset = header.first_hits_offset + uint64_t{map_size} * sizeof(uint64_t);
  const uint64_t end = start + events_size + hits_size;
  header.tallies_offset = tallies_first ? head_size : AlignUp(end, 64);
  header.full_offset = AlignUp(end, 64) + (tallies_first ? 0 : tallies_size);
  header.size = AlignUp(header.full_offset + full_size, FLOW_SESSION_WINDOW);
  header.clock = TscClock::IsTrusted() ? FLOW_CLOCK_TSC : FLOW_CLOCK_MONOTONIC;

  const UniqueFd low_fd(memfd_create("flowmon", MFD_ALLOW_SEALING));
  UniqueFd fd(low_fd ? fcntl(low_fd.get(), F_DUPFD, kLowestDescriptor) : -1);
  if (!fd || ftruncate(fd.get(), static_cast<off_t>(header.size)) != 0 ||
      fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return absl::ErrnoToStatus(errno, StrCat("cannot create a session region of ", header.size,
                                             " bytes: set shared_memory.mode to files"));
  void* memory = mmap(nullptr, header.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return absl::ErrnoToStatus(errno, "cannot map the session region");
  memcpy(memory, &header, sizeof(header));
  return std::unique_ptr<SessionLane>(
      new SessionLane(std::move(fd), static_cast<flow_session*>(memory)));
}

SessionLane::SessionLane(UniqueFd fd, flow_session* session)
    : fd_(std::move(fd)),
      session_(session),
      size_(session->size),
      max_events_(session->max_events),
      map_size_(session->map_size),
      events_(
          reinterpret_cast<flow_event*>(reinterpret_cast<char*>(session) + session->events_offset)),
      first_hits_(reinterpret_cast<uint64_t*>(reinterpret_cast<char*>(session) +
                                              session->first_hits_offset)),
      counters_(reinterpret_cast<uint8_t*>(session) + session->counters_offset),
      limit_{session->max_events_per_id, session->num_tallied_ids},
      tallies_(
          reinterpret_cast<uint64_t*>(reinterpret_cast<char*>(session) + session->tallies_offset)),
      full_(reinterpret_cast<uint64_t*>(reinterpret_cast<char*>(session) + session->full_offset)),
      runs_between_searches_(std::max(kMinRunsBetweenSearches, map_size_)) {
  if (session->clock == FLOW_CLOCK_TSC) clock_.emplace();
}

SessionLane::~SessionLane() { munmap(session_, size_); }

std::string SessionLane::setting() const {
  struct stat info = {};
  fstat(fd_.get(), &info);
  return StrCat(fd_.get(), ":", info.st_ino);
}

bool SessionLane::is_attached() const { return Load(session_->attached) != 0; }

bool SessionLane::marks_runs() const { return is_attached() && Load(session_->unmarked_runs) == 0; }

std::array<uint32_t, FLOW_SESSION_FORKSERVERS> SessionLane::forkservers() const {
  std::array<uint32_t, FLOW_SESSION_FORKSERVERS> pids;
  for (size_t i = 0; i < pids.size(); ++i) pids[i] = Load(session_->forkservers[i]);
  return pids;
}

DatabaseFit SessionLane::CompareDatabase(uint64_t hash) const {
  if (Load(session_->has_several_databases) != 0) return DatabaseFit::kSeveral;
  const uint64_t told = Load(session_->database);
  return told == 0 || told == hash ? DatabaseFit::kNoDifference : DatabaseFit::kOther;
}

void SessionLane::RefineClock() {
  if (clock_) clock_->Refine();
}

void SessionLane::BeginRun() {
  if (run_ % 2 == 1) return;
  ++run_;
  Store(session_->run_hits, Word(run_));
  Store(session_->run_processes, Word(run_));
  Store(tallies_[0], Word(run_, limit_.max_events_per_id));
  Store(session_->run_events, Word(run_));  // last: now it is under way
}

uint64_t SessionLane::Close(uint64_t& word) {
  const uint64_t seen = Exchange(word, Word(run_ + 1));
  if (Run(seen) == run_) return seen & UINT32_MAX;
  ++num_tampered_;
  return 0;
}

void SessionLane::Collect(Execution& out) {
  target_ran_ = false;
  if (run_ % 2 == 1) {
    const uint64_t num_events = Close(session_->run_events);
    const uint64_t num_hits = Close(session_->run_hits);
    const uint64_t num_processes = Close(session_->run_processes);
    Store(tallies_[0], Word(run_ + 1, UINT32_MAX));
    ++run_;  // whatever fails from here on, this run is over
    ReadProcesses(num_processes, out);
    ReadEvents(num_events, out);
    ReadHits(num_hits, out);
    ReadCapped(out);
    if (!hidden_.empty()) ReadHidden(out);
    out.hits_uncounted += Take(session_->uncounted);
    if (run_ / 2 % runs_between_searches_ == 0) out.hits_late += FindHidden();
    if (run_ == UINT32_MAX - 1) StartOver();
  }
  const uint32_t late = Take(session_->late_events);
  out.events_produced += late;
  out.events_late += late;
  out.hits_late += Take(session_->late_hits);
}

void SessionLane::ReadProcesses(uint64_t num_processes, Execution& out) {
  const uint64_t root = Load(session_->run_root);
  target_ran_ = Run(root) == ended_run();
  root_pid_ = target_ran_ ? static_cast<uint32_t>(root) & ~FLOW_ROOT_REPORTED : 0;
  if (target_ran_ && (root & FLOW_ROOT_REPORTED) != 0) out.AddProcess(root_pid_, true);
  const uint64_t listed = std::min<uint64_t>(num_processes, FLOW_SESSION_MAX_PROCESSES);
  for (uint64_t i = 0; i < listed; ++i) {
    const uint64_t entry = Load(session_->processes[i]);
    if (Run(entry) == ended_run()) out.AddProcess(static_cast<uint32_t>(entry), false);
  }
}

void SessionLane::ReadEvents(uint64_t num_events, Execution& out) {
  const uint64_t stored = std::min<uint64_t>(num_events, max_events_);
  out.events_produced += num_events;
  out.events_overflowed += num_events - stored;
  for (uint64_t i = 0; i < stored; ++i) {
    const uint32_t tag = Load(events_[i].type);
    const flow_event event = events_[i];
    const uint32_t type = tag & 0xff;
    if (tag >> 8 != (ended_run() & 0xffffff) ||
        (type != FLOW_EVENT_SOURCE && type != FLOW_EVENT_SINK)) {
      ++out.events_torn;
      continue;
    }
    out.events.push_back({clock_ ? clock_->ToMonotonic(event.timestamp) : event.timestamp,
                          event.data_hash, event.id, event.data_size,
                          event.reserved != 0 ? event.reserved : root_pid_,
                          type == FLOW_EVENT_SINK});
  }
}

// Only tallies that have reached the limit are listed, and nothing of it has to be cleared.
void SessionLane::ReadCapped(Execution& out) {
  const uint64_t word = Load(session_->run_full);
  if (Run(word) != ended_run()) return;
  const uint32_t num_tallies = FLOW_NUM_TALLIES(limit_.num_ids);
  const uint32_t listed = std::min(static_cast<uint32_t>(word), num_tallies - 1);
  for (uint32_t i = 0; i < listed; ++i) {
    const uint64_t entry = Load(full_[i]);
    const auto index = static_cast<uint32_t>(entry);
    if (Run(entry) != ended_run() || index == 0 || index >= num_tallies) continue;
    // Taken: a list that lies and names it twice must not count it twice.
    const uint64_t tally = Exchange(tallies_[index], uint64_t{0});
    const auto count = static_cast<uint32_t>(tally);
    if (Run(tally) != ended_run() || count <= limit_.max_events_per_id) continue;
    const uint32_t excess = count - limit_.max_events_per_id;
    const bool is_sink = index == FLOW_TALLY_OF(FLOW_EVENT_SINK, (index - 1) / 2);
    (is_sink ? out.sinks_capped : out.sources_capped) += excess;
    out.events_produced += excess;
  }
}

// After two billion executions: number 0 is before the first. Tallies of the old numbers go.
void SessionLane::StartOver() {
  run_ = 0;
  for (uint32_t i = 0; i < FLOW_NUM_TALLIES(limit_.num_ids); ++i) Store(tallies_[i], uint64_t{0});
}

void SessionLane::ReadHits(uint64_t num_hits, Execution& out) {
  bool is_whole = num_hits <= map_size_;
  const uint64_t listed = std::min<uint64_t>(num_hits, map_size_);
  for (uint64_t i = 0; i < listed; ++i) {
    const uint64_t entry = Load(first_hits_[i]);
    const auto id = static_cast<uint32_t>(entry);
    const uint8_t count =
        Run(entry) == ended_run() && id < map_size_ ? Load(counters_[id]) : uint8_t{0};
    if (count == 0) {
      is_whole = false;
      continue;
    }
    Store(counters_[id], uint8_t{0});
    out.hits.push_back({id, count});
  }
  out.hits_are_ordered = is_whole;
  if (!is_whole) out.hits_late += FindHidden();
}

void SessionLane::ReadHidden(Execution& out) {
  for (const uint32_t id : hidden_) {
    const uint8_t count = Load(counters_[id]);
    if (count == 0) continue;
    Store(counters_[id], uint8_t{0});
    out.hits_are_ordered = false;
    if (std::none_of(out.hits.begin(), out.hits.end(), [&](const Hit& h) { return h.id == id; }))
      out.hits.push_back({id, count});
  }
}

uint64_t SessionLane::FindHidden() {
  uint64_t found = 0;
  for (uint32_t id = 0; id < map_size_; ++id) {
    if (Load(counters_[id]) == 0) continue;
    Store(counters_[id], uint8_t{0});
    ++found;
    if (hidden_.size() < kMaxHidden &&
        std::find(hidden_.begin(), hidden_.end(), id) == hidden_.end())
      hidden_.push_back(id);
  }
  return found;
}

}  // namespace flowmon
