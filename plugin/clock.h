// The system's clocks, in nanoseconds.

#ifndef FLOWMON_PLUGIN_CLOCK_H_
#define FLOWMON_PLUGIN_CLOCK_H_

#include <time.h>

#include <cstdint>

namespace flowmon {

inline uint64_t NowNs(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CLOCK_H_
