#include "plugin/tsc_clock.h"

#include <algorithm>
#include <fstream>
#include <string>

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "plugin/clock.h"

namespace flowmon {
namespace {

uint64_t Counter() {
#ifdef __x86_64__
  __builtin_ia32_lfence();
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}

}  // namespace

bool TscClock::IsTrusted() {
#ifdef __x86_64__
  // Invariant: it goes on at one rate whatever the core does. The kernel, which watches it, uses it
  // only as long as it is the same on all cores.
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) == 0 || (edx & 1u << 8) == 0) return false;
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return static_cast<bool>(file >> source) && source == "tsc";
#else
  return false;
#endif
}

// Of several tries the one that was disturbed least.
TscClock::Reading TscClock::Read() {
  Reading best = {};
  uint64_t best_width = UINT64_MAX;
  for (int i = 0; i < 8; ++i) {
    const uint64_t before = Counter();
    const uint64_t ns = NowNs(CLOCK_MONOTONIC);
    const uint64_t width = Counter() - before;
    if (width >= best_width) continue;
    best_width = width;
    best = {before + width / 2, ns};
  }
  return best;
}

TscClock::TscClock() : start_(Read()) {
  while (NowNs(CLOCK_MONOTONIC) - start_.ns < 1'000'000) {
  }
  Refine();
}

void TscClock::Refine() {
  const Reading now = Read();
  const uint64_t ticks = std::max<uint64_t>(now.tsc - start_.tsc, 1);
  ns_per_tick_ = static_cast<uint64_t>((absl::uint128(now.ns - start_.ns) << 32) / ticks);
}

}  // namespace flowmon
