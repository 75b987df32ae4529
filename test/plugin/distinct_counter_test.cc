#include "plugin/distinct_counter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace flowmon {
namespace {

TEST(DistinctCounterTest, IsExactUpToItsBound) {
  DistinctBudget budget = {3, 1 << 20};
  DistinctCounter counter;
  EXPECT_TRUE(counter.empty());
  EXPECT_EQ(counter.count(), 0u);
  for (const uint64_t value : {7u, 8u, 9u}) EXPECT_TRUE(counter.Insert(value, budget));
  for (const uint64_t value : {7u, 8u, 9u}) EXPECT_FALSE(counter.Insert(value, budget));
  EXPECT_EQ(counter.count(), 3u);
  EXPECT_TRUE(counter.is_exact()) << "full, and nothing was turned away";
  EXPECT_FALSE(counter.Insert(10, budget)) << "new, but nothing remembers it";
  EXPECT_FALSE(counter.is_exact());
  EXPECT_EQ(counter.count(), 4u);
  EXPECT_FALSE(counter.empty());
}

TEST(DistinctCounterTest, MayRememberNothing) {
  DistinctBudget budget = {0, 1 << 20};
  DistinctCounter counter;
  EXPECT_TRUE(counter.is_exact());
  EXPECT_FALSE(counter.Insert(1, budget));
  EXPECT_FALSE(counter.is_exact());
  EXPECT_EQ(counter.count(), 1u);
}

TEST(DistinctCounterTest, CountersShareTheirBudgetAndGiveItBack) {
  DistinctBudget budget = {1000, 160};
  DistinctCounter first, second;
  for (uint64_t value = 0; value < 10; ++value) EXPECT_TRUE(first.Insert(value, budget));
  EXPECT_EQ(budget.bytes_left, 0u);
  EXPECT_FALSE(second.Insert(1, budget)) << "nothing is left";
  EXPECT_FALSE(second.is_exact());
  EXPECT_FALSE(first.Insert(100, budget));
  EXPECT_FALSE(first.is_exact());
  EXPECT_EQ(budget.bytes_left, 160u);
}

// The documented standard error, over counters with values of their own; also with values that are
// not spread like hashes.
TEST(DistinctCounterTest, EstimatesWithTheDocumentedError) {
  std::mt19937_64 random(1);
  for (const uint64_t size : {100u, 1000u, 3000u, 20'000u, 200'000u}) {
    double squares = 0;
    constexpr int kRounds = 40;
    for (int round = 0; round < kRounds; ++round) {
      DistinctBudget budget = {16, 1 << 20};
      DistinctCounter counter;
      const uint64_t start = random();
      for (uint64_t i = 0; i < size; ++i) {
        counter.Insert(start + i, budget);
        counter.Insert(start + i / 2, budget);
      }
      const double error = static_cast<double>(counter.count()) / static_cast<double>(size) - 1;
      squares += error * error;
    }
    // The error of this measurement itself is 1 / sqrt(2 * rounds), 11 %.
    EXPECT_LT(std::sqrt(squares / kRounds), DistinctCounter::kStandardError * 1.4) << size;
  }
}

}  // namespace
}  // namespace flowmon
