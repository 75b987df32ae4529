// The processor's time-stamp counter as a clock: what the session lane's events carry where the
// kernel itself trusts the counter, since a target reads it in a few nanoseconds and without a page
// fault.

#ifndef FLOWMON_PLUGIN_TSC_CLOCK_H_
#define FLOWMON_PLUGIN_TSC_CLOCK_H_

#include <algorithm>
#include <cstdint>

#include "absl/numeric/int128.h"

namespace flowmon {

// Not thread-safe.
class TscClock {
 public:
  // Whether the counter is CLOCK_MONOTONIC's own: constant in rate and equal on all cores.
  static bool IsTrusted();

  // Measures the counter's rate; takes about a millisecond. To be had only where it is trusted.
  TscClock();

  // CLOCK_MONOTONIC, ns, of a value of the counter. Keeps the order of any two values that are
  // converted between two calls of Refine(). Any value is accepted.
  uint64_t ToMonotonic(uint64_t tsc) const {
    // Before the start is possible: for a target that writes what it likes.
    const uint64_t ticks = tsc - std::min(tsc, start_.tsc);
    return start_.ns + static_cast<uint64_t>((absl::uint128(ticks) * ns_per_tick_) >> 32);
  }

  // Measures again, over all the time since the start; to be called now and then.
  void Refine();

 private:
  struct Reading {
    uint64_t tsc, ns;
  };
  static Reading Read();

  const Reading start_;
  uint64_t ns_per_tick_ = 0;  // 32 bits of it are a fraction
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_TSC_CLOCK_H_
