#include "plugin/tsc_clock.h"

#include <gtest/gtest.h>

#include <random>

#include "plugin/clock.h"

namespace flowmon {
namespace {

// Where the counter is not trusted (another clock source, another processor), nobody uses the
// class.
class TscClockTest : public testing::Test {
 protected:
  static uint64_t Counter() {
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
  }
};

TEST_F(TscClockTest, IsCloseToTheKernelsClock) {
  if (!TscClock::IsTrusted()) return;
  TscClock clock;
  for (int i = 0; i < 100; ++i) {
    const uint64_t before = NowNs(CLOCK_MONOTONIC);
    const uint64_t converted = clock.ToMonotonic(Counter());
    const uint64_t after = NowNs(CLOCK_MONOTONIC);
    EXPECT_GT(converted + 100'000, before);
    EXPECT_LT(converted, after + 100'000);
    if (i % 10 == 9) clock.Refine();
  }
}

TEST_F(TscClockTest, KeepsTheOrderOfAnyValues) {
  if (!TscClock::IsTrusted()) return;
  const TscClock clock;
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    const uint64_t value = random() >> (random() % 20);
    ASSERT_LE(clock.ToMonotonic(value / 2), clock.ToMonotonic(value));
  }
  const uint64_t now = Counter();
  EXPECT_LT(clock.ToMonotonic(now), clock.ToMonotonic(now + 40));
}

}  // namespace
}  // namespace flowmon
