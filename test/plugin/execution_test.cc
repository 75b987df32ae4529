#include "plugin/execution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace flowmon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Event SourceAt(uint64_t timestamp, uint32_t id) { return {timestamp, id, id, 1, 1, false}; }
Event SinkAt(uint64_t timestamp, uint32_t id) { return {timestamp, id, id, 1, 1, true}; }

TEST(ExecutionTest, NormalizeListsEachProcessOnceAndTheFirstFirst) {
  Execution execution;
  execution.pids = {7, 9, 7, 3, 9};
  execution.Normalize();
  EXPECT_THAT(execution.pids, ElementsAre(7, 3, 9));
}

TEST(ExecutionTest, NormalizeSortsByTimeAndCountsBothTypes) {
  Execution execution;
  execution.events = {SinkAt(30, 1), SourceAt(10, 2), SinkAt(20, 3)};
  execution.Normalize();
  EXPECT_THAT(execution.events, ElementsAre(SourceAt(10, 2), SinkAt(20, 3), SinkAt(30, 1)));
  EXPECT_EQ(execution.num_sources, 1u);
  EXPECT_EQ(execution.num_sinks, 2u);
}

TEST(ExecutionTest, EventsOfTheSameTimeKeepTheirOrder) {
  Execution execution;
  for (uint32_t id = 0; id < 100; ++id) execution.events.push_back(SourceAt(100 - id / 10, id));
  execution.Normalize();
  for (size_t i = 1; i < execution.events.size(); ++i) {
    const Event &before = execution.events[i - 1], &after = execution.events[i];
    EXPECT_TRUE(before.timestamp < after.timestamp ||
                (before.timestamp == after.timestamp && before.id < after.id));
  }
}

TEST(ExecutionTest, NormalizeCountsAnewEachTime) {
  Execution execution;
  execution.events = {SourceAt(1, 1), SinkAt(2, 1)};
  execution.Normalize();
  execution.events.pop_back();
  execution.Normalize();
  EXPECT_EQ(execution.num_sources, 1u);
  EXPECT_EQ(execution.num_sinks, 0u);
}

TEST(ExecutionTest, HitsOfSeveralProcessesAddUpAndSaturate) {
  Execution execution;
  execution.AddProcess(1, false);
  execution.AddProcess(2, false);
  execution.AddProcess(3, false);
  execution.hits = {{1, 200}, {5, 1}, {9, 255}, {0, 7}, {1, 55}, {9, 255}, {1, 1}, {5, 2}};
  execution.MergeHits();
  EXPECT_THAT(execution.hits, ElementsAre(Hit{0, 7}, Hit{1, 255}, Hit{5, 3}, Hit{9, 255}));
}

TEST(ExecutionTest, OfSeveralProcessesTheFirstEventsStay) {
  Execution execution;
  execution.events = {SourceAt(1, 1), SinkAt(4, 1), SourceAt(2, 2), SinkAt(3, 2)};
  execution.events_produced = 6;
  execution.events_overflowed = 2;
  execution.Normalize(3);
  EXPECT_THAT(execution.events, ElementsAre(SourceAt(1, 1), SourceAt(2, 2), SinkAt(3, 2)));
  EXPECT_EQ(execution.num_sinks, 1u);
  EXPECT_EQ(execution.events_overflowed, 3u);
  EXPECT_EQ(execution.events_produced, execution.events.size() + execution.events_dropped());
}

TEST(ExecutionTest, ProcessesAreListedOnceAndAscendingAfterTheFirst) {
  Execution execution;
  for (const uint32_t pid : {7u, 9u, 3u, 9u}) execution.AddProcess(pid, false);
  execution.AddProcess(8, true);
  execution.Normalize();
  EXPECT_THAT(execution.pids, ElementsAre(8, 3, 7, 9));
}

TEST(ExecutionTest, RootIsTheFirstProcess) {
  Execution execution;
  execution.AddProcess(10, false);
  execution.AddProcess(20, true);
  execution.AddProcess(30, false);
  EXPECT_THAT(execution.pids, ElementsAre(20, 10, 30));
}

TEST(ExecutionTest, WithoutARootTheFirstProcessStaysTheFirst) {
  Execution execution;
  execution.AddProcess(10, false);
  execution.AddProcess(20, false);
  EXPECT_THAT(execution.pids, ElementsAre(10, 20));
}

TEST(ExecutionTest, TurnLateTakesBackEverythingSinceTheMarkAndNothingBefore) {
  Execution execution;
  execution.events = {SourceAt(1, 1)};
  execution.hits = {{1, 2}};
  execution.events_produced = 6;
  execution.events_overflowed = 3;
  execution.events_torn = 2;
  execution.hits_uncounted = 1;
  const Execution::Mark mark = execution.mark();
  execution.events.push_back(SinkAt(2, 1));
  execution.hits.insert(execution.hits.end(), {{1, 9}, {2, 9}});
  execution.events_produced += 10;
  execution.events_overflowed += 5;
  execution.events_torn += 4;
  execution.hits_uncounted += 7;
  execution.TurnLate(mark);

  EXPECT_THAT(execution.events, ElementsAre(SourceAt(1, 1)));
  EXPECT_THAT(execution.hits, ElementsAre(Hit{1, 2}));
  EXPECT_EQ(execution.events_overflowed, 3u);
  EXPECT_EQ(execution.events_torn, 2u);
  EXPECT_EQ(execution.hits_uncounted, 1u);
  EXPECT_EQ(execution.events_late, 10u);
  EXPECT_EQ(execution.hits_late, 9u) << "2 ids and 7 hits without a counter";
  EXPECT_EQ(execution.events_dropped(), 5u) << "late events are not its own losses";
  EXPECT_EQ(execution.events_produced, execution.events.size() + execution.events_overflowed +
                                           execution.events_torn + execution.events_late);
}

TEST(ExecutionTest, ClearForgetsEverything) {
  Execution execution;
  execution.events = {SourceAt(1, 1), SinkAt(2, 1)};
  execution.hits = {{1, 1}};
  execution.AddProcess(1, true);
  execution.Normalize();
  execution.events_produced = execution.events_overflowed = execution.events_torn = 1;
  execution.events_late = execution.hits_uncounted = execution.hits_late = 1;
  execution.Clear();

  EXPECT_THAT(execution.events, IsEmpty());
  EXPECT_THAT(execution.hits, IsEmpty());
  EXPECT_THAT(execution.pids, IsEmpty());
  EXPECT_EQ(execution.num_sources, 0u);
  EXPECT_EQ(execution.num_sinks, 0u);
  EXPECT_EQ(execution.events_produced, 0u);
  EXPECT_EQ(execution.events_overflowed, 0u);
  EXPECT_EQ(execution.events_torn, 0u);
  EXPECT_EQ(execution.events_late, 0u);
  EXPECT_EQ(execution.hits_uncounted, 0u);
  EXPECT_EQ(execution.hits_late, 0u);
}

TEST(AppendHitsTest, AppendsToWhatIsThere) {
  std::vector<Hit> hits = {{1, 1}};
  const uint8_t counters[] = {0, 255, 0};
  AppendHits(counters, 7, hits);
  EXPECT_THAT(hits, ElementsAre(Hit{1, 1}, Hit{8, 255}));
  AppendHits({}, 9, hits);
  EXPECT_EQ(hits.size(), 2u);
}

TEST(AppendHitsTest, FindsAHitAtEachPlaceOfMapsOfAllSmallSizes) {
  for (size_t size = 1; size <= 25; ++size)
    for (size_t place = 0; place < size; ++place) {
      std::vector<uint8_t> counters(size);
      counters[place] = 3;
      std::vector<Hit> hits;
      AppendHits(counters, 100, hits);
      EXPECT_THAT(hits, ElementsAre(Hit{100 + static_cast<uint32_t>(place), 3}))
          << place << " of " << size;
    }
}

TEST(AppendHitsTest, FindsWhatAPlainLoopFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> counters(random() % 300);
    const uint32_t one_in = 1 + random() % 50;
    for (uint8_t& counter : counters)
      if (random() % one_in == 0) counter = static_cast<uint8_t>(random());
    std::vector<Hit> expected, hits;
    for (uint32_t i = 0; i < counters.size(); ++i)
      if (counters[i] != 0) expected.push_back({i, counters[i]});
    AppendHits(counters, 0, hits);
    EXPECT_EQ(hits, expected);
  }
}

// Against the definition: the sum of each id over all processes, at most 255.
TEST(ExecutionTest, MergeEqualsTheSumOverProcesses) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    Execution execution;
    std::map<uint32_t, uint32_t> sums;
    const uint32_t num_processes = 2 + random() % 4;
    for (uint32_t pid = 1; pid <= num_processes; ++pid) {
      execution.AddProcess(pid, false);
      for (uint32_t id = 0; id < 20; ++id) {
        if (random() % 3 == 0) continue;
        const uint32_t count = 1 + random() % 255;
        execution.hits.push_back({id, count});
        sums[id] += count;
      }
    }
    execution.MergeHits();
    std::vector<Hit> expected;
    expected.reserve(sums.size());
    for (const auto& [id, sum] : sums) expected.push_back({id, std::min(sum, 255u)});
    EXPECT_EQ(execution.hits, expected);
  }
}

}  // namespace
}  // namespace flowmon
