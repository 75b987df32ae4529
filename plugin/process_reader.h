// Reads what one process wrote by the portable protocol: its two files (runtime/flow_shm.h).
//
// Everything read is hostile: a target under fuzzing may write, truncate, replace or link anything
// at any time. Files are read by pread() into our own memory, never mapped, and every size is
// bounded by the file's real one.
//
// Accepted loss: what a process writes between our read and our reset of its files, if it is still
// running then (a thread or a late grandchild), is gone uncounted. A late process is taken for one
// of the execution's own while it is between 36 and 73 minutes old: its birth is kept in 32 bits.

#ifndef FLOWMON_PLUGIN_PROCESS_READER_H_
#define FLOWMON_PLUGIN_PROCESS_READER_H_

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "plugin/database_fit.h"
#include "plugin/execution.h"
#include "plugin/unique_fd.h"
#include "runtime/flow_shm.h"

namespace flowmon {

// The pid of "flow_events_<pid>" or "df_coverage_<pid>", 0 for any other name.
pid_t PidOfProcessFile(std::string_view name);

// Removes a file, a link (never what it leads to) or an empty directory; false if it is not one.
bool RemoveEntry(int dir_fd, const char* name);

// Not thread-safe: it reuses its buffers.
class ProcessReader {
 public:
  // No more is read of a process than it can rightly have: what lies beyond is counted as torn.
  explicit ProcessReader(uint32_t max_events = FLOW_LIMIT_MAX_EVENTS,
                         uint32_t map_size = FLOW_LIMIT_MAP_SIZE, EventLimit limit = {})
      : max_events_(max_events), map_size_(map_size), limit_(limit) {}

  // Adds to `out` what the process has written into its files in `dir_fd`; either may be missing.
  // Events and hits are appended as they come: call Execution::MergeHits() and Normalize() after
  // the last process. A process that was born before `run_start` (flow_events_header.birth) is
  // late, unless it is the persistent child of a forkserver: all it has is counted as late and
  // nothing else.
  //
  // Afterwards the files of a process that is gone are removed, those of a live one are emptied in
  // place, so that a persistent process starts its next execution clean.
  void Take(int dir_fd, pid_t pid, uint32_t run_start, Execution& out);

  // What all processes so far say; `hash`: FlowDbFile::content_hash.
  DatabaseFit CompareDatabase(uint64_t hash) const;

  // Files that could not be read as what they should be (a link, a pipe, too short): removed,
  // unless they are not in our power.
  uint64_t num_refused() const { return num_refused_; }

 private:
  struct File {
    UniqueFd fd;
    uint64_t size = 0;
  };
  File Open(int dir_fd, const char* name, uint64_t min_size, bool is_alive);
  void Refuse(int dir_fd, const char* name);
  void ReadEvents(const File& file, uint64_t slots, pid_t pid, Execution& out);
  void ReadHits(const File& file, Execution& out);
  void ReadCapped(const File& file, uint64_t tallies_offset, Execution& out);
  void Empty(const File& events, uint64_t slots, const File& coverage);
  // visit(offset, bytes) for what is not a hole in [begin, end) of the file, in our memory.
  template <typename Visit>
  void ForEachPart(const File& file, uint64_t begin, uint64_t end, Visit visit);

  uint32_t max_events_;
  uint32_t map_size_;
  EventLimit limit_;
  std::vector<flow_event> slots_;
  std::vector<uint8_t> part_;
  using Ranges = std::vector<std::pair<uint64_t, uint64_t>>;  // offset and size
  Ranges touched_map_;                                        // of the coverage file, with hits
  Ranges touched_tallies_;                                    // of the events file
  uint32_t databases_ = 0;                                    // as in flow_events_header.flags
  uint64_t num_refused_ = 0;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_PROCESS_READER_H_
