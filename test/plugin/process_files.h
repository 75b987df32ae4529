// Processes and the shared-memory files they leave, for tests of what reads them.

#ifndef FLOWMON_TEST_PLUGIN_PROCESS_FILES_H_
#define FLOWMON_TEST_PLUGIN_PROCESS_FILES_H_

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/flow_shm.h"
#include "test/support/files.h"

namespace flowmon::test {

template <typename Struct>
std::string BytesOf(const Struct& value) {
  std::string bytes(sizeof(value), '\0');
  memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

inline flow_event SourceAt(uint64_t timestamp, uint32_t id) {
  return {FLOW_EVENT_SOURCE, id, timestamp, timestamp * 31 + id, 8, 0};
}
inline flow_event SinkAt(uint64_t timestamp, uint32_t id) {
  return {FLOW_EVENT_SINK, id, timestamp, timestamp * 37 + id, 8, 0};
}

inline std::string EventsBytes(const flow_events_header& header,
                               const std::vector<flow_event>& slots) {
  std::string bytes = BytesOf(header);
  for (const flow_event& slot : slots) bytes += BytesOf(slot);
  return bytes;
}
// By a writer of the plain layout: full, and with nothing in the reserved fields.
inline std::string EventsBytes(const std::vector<flow_event>& slots) {
  const auto size = static_cast<uint32_t>(slots.size());
  return EventsBytes({size, size, 0, 0}, slots);
}
inline std::string CoverageBytes(std::string_view map, uint32_t uncounted = 0) {
  return BytesOf(flow_coverage_header{static_cast<uint32_t>(map.size()), uncounted}) +
         std::string(map);
}

inline std::string EventsPath(const std::string& dir, pid_t pid) {
  return dir + "/" FLOW_EVENTS_PREFIX + std::to_string(pid);
}
inline std::string CoveragePath(const std::string& dir, pid_t pid) {
  return dir + "/" FLOW_COVERAGE_PREFIX + std::to_string(pid);
}

// For the start of an execution: real processes are late if they were born before it.
inline uint64_t MonotonicNow() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// A process that does nothing until it is ended.
class IdleProcess {
 public:
  IdleProcess() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // where the test is aborted
    while (true) pause();
  }
  ~IdleProcess() { End(); }
  IdleProcess(const IdleProcess&) = delete;
  IdleProcess& operator=(const IdleProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Kill() { kill(pid_, SIGKILL); }
  void End() {
    if (has_ended_) return;
    has_ended_ = true;
    Kill();
    waitpid(pid_, nullptr, 0);
  }
  // Ended, and not yet waited for.
  void BecomeZombie() {
    Kill();
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }

 private:
  pid_t pid_;
  bool has_ended_ = false;
};

// Of a process that is gone.
inline pid_t DeadPid() {
  IdleProcess process;
  process.End();
  return process.pid();
}

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_PLUGIN_PROCESS_FILES_H_
