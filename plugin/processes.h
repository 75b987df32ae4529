// What the kernel says of a process: proc(5).

#ifndef FLOWMON_PLUGIN_PROCESSES_H_
#define FLOWMON_PLUGIN_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace flowmon {

// True for zombies, and for processes that we may not signal.
bool ProcessExists(pid_t pid);

// In clock ticks since boot: with the pid, the identity of a process. 0 if there is no such
// process.
uint64_t ProcessStartTime(pid_t pid);

// At most 4 KiB of a file under /proc; empty if it cannot be read.
std::string ReadProcFile(const std::string& path);

// The fields of a line of /proc/<pid>/stat from the third on ([0] is the state): the first two,
// which may hold anything, are left out. Views into `stat`.
std::vector<absl::string_view> StatFields(absl::string_view stat);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_PROCESSES_H_
