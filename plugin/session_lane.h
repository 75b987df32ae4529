// How the plugin gets at what its target reports, without a file: one region that the target maps
// once (runtime/flow_shm.h, "Session lane"; doc/SHM.md).
//
// What is read is hostile: a target under fuzzing may write anything into it at any time. The
// region is sealed, so it cannot shrink under us; every number is checked before it is used, and
// read once.

#ifndef FLOWMON_PLUGIN_SESSION_LANE_H_
#define FLOWMON_PLUGIN_SESSION_LANE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/database_fit.h"
#include "plugin/execution.h"
#include "plugin/tsc_clock.h"
#include "plugin/unique_fd.h"
#include "runtime/flow_shm.h"

namespace flowmon {

// Not thread-safe. The region has no name; it is gone when the object and the target's processes
// are.
class SessionLane {
 public:
  static absl::StatusOr<std::unique_ptr<SessionLane>> Create(uint32_t max_events, uint32_t map_size,
                                                             EventLimit limit = {});
  ~SessionLane();
  SessionLane(const SessionLane&) = delete;
  SessionLane& operator=(const SessionLane&) = delete;

  // For the target's FLOW_SESSION_ENV. Its descriptor is inherited by whatever this process starts.
  std::string setting() const;

  // An execution is about to start; nothing happens if one is under way.
  void BeginRun();
  // Ends the execution that is under way, if there is one, and adds to `out` what it reported and
  // what came late; hits come in the order in which their ids were first hit. Call
  // Execution::Normalize() afterwards.
  void Collect(Execution& out);

  // Whether a target has ever mapped the region.
  bool is_attached() const;
  // Whether the target's process was there in the run that was collected last, even if it reported
  // nothing. Sure only if marks_runs().
  bool target_ran() const { return target_ran_; }
  // Whether all processes that have mapped the region mark the runs they take part in.
  bool marks_runs() const;
  // The forkservers that have mapped it last; 0 where there is none.
  std::array<uint32_t, FLOW_SESSION_FORKSERVERS> forkservers() const;
  // To be called now and then: keeps time stamps exact.
  void RefineClock();
  // `hash`: FlowDbFile::content_hash.
  DatabaseFit CompareDatabase(uint64_t hash) const;
  // Executions in which the region's own numbers were not what they can be.
  uint64_t num_tampered() const { return num_tampered_; }

 private:
  SessionLane(UniqueFd fd, flow_session* session);
  // The run whose reports are being read.
  uint32_t ended_run() const { return run_ - 1; }
  void ReadEvents(uint64_t num_events, Execution& out);
  void ReadHits(uint64_t num_hits, Execution& out);
  void ReadCapped(Execution& out);
  void StartOver();
  void ReadProcesses(uint64_t num_processes, Execution& out);
  void ReadHidden(Execution& out);
  // Clears all counters; from now on those that were counted are looked at in each run. Returns how
  // many they were.
  uint64_t FindHidden();
  // Takes a counter that the target counts up in this run, and closes it. 0 if it was tampered
  // with.
  uint64_t Close(uint64_t& word);

  UniqueFd fd_;
  flow_session* const session_;
  // Copies of what the region says, which the target may have changed.
  const uint64_t size_;
  const uint32_t max_events_;
  const uint32_t map_size_;
  flow_event* const events_;
  uint64_t* const first_hits_;
  uint8_t* const counters_;
  const EventLimit limit_;
  uint64_t* const tallies_;
  uint64_t* const full_;
  std::optional<TscClock> clock_;  // where the target's clock is that counter
  const uint32_t runs_between_searches_;
  uint32_t run_ = 0;         // odd while an execution is under way
  bool target_ran_ = false;  // in the run that was collected last
  uint32_t root_pid_ = 0;
  std::vector<uint32_t> hidden_;  // ids whose counters were found counted and in no list
  uint64_t num_tampered_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_SESSION_LANE_H_
