// One execution of the target as the observer sees it: what the shared memory said, copied and
// checked.
//
// Filled by a reader (process_reader.h), read by the correlator, the statistics and the record
// writer. A plain value that is reused from execution to execution, so that its vectors keep their
// memory.

#ifndef FLOWMON_PLUGIN_EXECUTION_H_
#define FLOWMON_PLUGIN_EXECUTION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace flowmon {

struct Event {
  uint64_t timestamp;  // CLOCK_MONOTONIC, ns
  uint64_t hash;       // xxHash64 of the data
  uint32_t id;         // source or sink id
  uint32_t size;       // bytes of data
  uint32_t pid;        // of the process that reported it
  bool is_sink;
  friend bool operator==(const Event&, const Event&) = default;
};

struct Hit {
  uint32_t id;     // intermediate id
  uint32_t count;  // 1..255, saturated, also where several processes are added up
  friend bool operator==(const Hit&, const Hit&) = default;
};

// No more than so many events of one source or sink are stored in one execution.
struct EventLimit {
  uint32_t max_events_per_id = 0;  // 0: no limit
  uint32_t num_ids = 0;            // for ids below this
};

struct Execution {
  std::vector<Event> events;  // after Normalize(): ascending by timestamp
  // Each id once. In the order in which they were first hit, if the lane knows it (session_lane.h),
  // else ascending.
  std::vector<Hit> hits;
  bool hits_are_ordered = false;
  // Processes that reported anything, the run's root first if it is known; after Normalize(): the
  // others ascending, each once.
  std::vector<uint32_t> pids;
  // After Normalize(); num_sources + num_sinks == events.size() + events_capped().
  uint64_t num_sources = 0;
  uint64_t num_sinks = 0;

  // The loss identity: events_produced == events.size() + capped + overflowed + torn + late.
  uint64_t events_produced = 0;
  uint64_t sources_capped = 0;  // beyond the limit for one id, counted and not stored
  uint64_t sinks_capped = 0;
  uint64_t events_overflowed = 0;  // the target found its array full
  uint64_t events_torn = 0;        // reserved and never finished, or not an event at all
  uint64_t events_late = 0;        // by a process that an earlier execution left behind
  uint64_t hits_uncounted = 0;     // hits that the target had no counter for
  uint64_t hits_late = 0;          // by a late process: its ids, and what it had no counter for

  uint64_t events_capped() const { return sources_capped + sinks_capped; }
  // What this execution itself has lost; late events are not its own.
  uint64_t events_dropped() const { return events_overflowed + events_torn; }

  // How full the execution is, so that what a process added can be taken back.
  struct Mark {
    size_t num_events, num_hits;
    uint64_t events_produced, sources_capped, sinks_capped, events_overflowed, events_torn;
    uint64_t hits_uncounted;
  };
  Mark mark() const;
  // Everything added since the mark came from a late process.
  void TurnLate(const Mark& since);
  void AddProcess(uint32_t pid, bool is_root);
  // Makes one of the hits that several processes have reported: sorts by id, adds up.
  void MergeHits();
  // Sorts the events and counts them. No more than `max_events` stay, the first ones, whichever
  // lane they came by.
  void Normalize(size_t max_events = SIZE_MAX);
  void Clear();
  // Room for so many events, and as many hits.
  void Reserve(size_t size);
};

// Appends a Hit for each non-zero counter; the first one has the id `first_id`.
void AppendHits(std::span<const uint8_t> counters, uint32_t first_id, std::vector<Hit>& hits);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_EXECUTION_H_
