#include "plugin/correlator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "test/plugin/brute_force.h"

namespace flowmon {
namespace {

using test::BruteForceCompletions;
using test::MakeFlowDb;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Event Source(uint32_t id, uint64_t time) { return {time, 0, id, 0, 1, false}; }
Event Sink(uint32_t id, uint64_t time) { return {time, 0, id, 0, 1, true}; }

Execution MakeExecution(std::vector<Event> events, const std::vector<uint32_t>& hit_ids) {
  Execution execution;
  execution.events = std::move(events);
  execution.events_produced = execution.events.size();
  for (const uint32_t id : hit_ids) execution.hits.push_back({id, 1});
  execution.Normalize();
  return execution;
}

TEST(CorrelatorTest, SourceThenStepsThenSinkCompletes) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {3, 5}}});
  Correlator correlator(db, 4);
  const Execution execution = MakeExecution({Source(1, 10), Sink(1, 25)}, {3, 5});
  const Correlation& result = correlator.Correlate(execution);
  ASSERT_THAT(result.flows, SizeIs(1));
  const CompletedFlow& flow = result.flows[0];
  EXPECT_EQ(flow.count, 1u);
  EXPECT_EQ(flow.min_ns, 15u);
  EXPECT_EQ(flow.max_ns, 15u);
  EXPECT_EQ(flow.sum_ns, 15u);
  EXPECT_THAT(result.Listed(flow), ElementsAre(Completion{0, 1}));
}

TEST(CorrelatorTest, AMissingStepDoesNotComplete) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {3, 5}}});
  Correlator correlator(db, 4);
  EXPECT_THAT(correlator.Correlate(MakeExecution({Source(1, 10), Sink(1, 25)}, {3})).flows,
              IsEmpty());
}

TEST(CorrelatorTest, SinkBeforeSourceDoesNotComplete) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {}}});
  Correlator correlator(db, 4);
  EXPECT_THAT(correlator.Correlate(MakeExecution({Source(1, 10), Sink(1, 9)}, {})).flows,
              IsEmpty());
}

TEST(CorrelatorTest, SinkAtTheSameTimeDoesNotComplete) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {}}});
  Correlator correlator(db, 4);
  EXPECT_THAT(correlator.Correlate(MakeExecution({Source(1, 10), Sink(1, 10)}, {})).flows,
              IsEmpty());
}

TEST(CorrelatorTest, HitsOfThePreviousExecutionAreForgotten) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {3}}});
  Correlator correlator(db, 4);
  EXPECT_THAT(correlator.Correlate(MakeExecution({Source(1, 1), Sink(1, 2)}, {3})).flows,
              SizeIs(1));
  EXPECT_THAT(correlator.Correlate(MakeExecution({Source(1, 1), Sink(1, 2)}, {})).flows, IsEmpty());
}

TEST(CorrelatorTest, AllPairsAreCountedAndMeasuredAndTheFirstAreListed) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {}}});
  Correlator correlator(db, 4);
  const Execution execution =
      MakeExecution({Source(1, 10), Source(1, 20), Sink(1, 30), Source(1, 40), Sink(1, 50)}, {});
  const Correlation& result = correlator.Correlate(execution);
  ASSERT_THAT(result.flows, SizeIs(1));
  EXPECT_EQ(result.flows[0].count, 5u);  // 2 before the first sink, 3 before the second
  EXPECT_EQ(result.flows[0].min_ns, 10u);
  EXPECT_EQ(result.flows[0].max_ns, 40u);
  EXPECT_EQ(result.flows[0].sum_ns, 20u + 10 + 40 + 30 + 10);
  EXPECT_THAT(result.Listed(result.flows[0]),
              ElementsAre(Completion{0, 2}, Completion{1, 2}, Completion{0, 4}, Completion{1, 4}));
}

TEST(CorrelatorTest, NothingIsListedIfNothingMayBe) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {}}});
  Correlator correlator(db, 0);
  const Execution execution = MakeExecution({Source(1, 10), Sink(1, 30)}, {});
  const Correlation& result = correlator.Correlate(execution);
  ASSERT_THAT(result.flows, SizeIs(1));
  EXPECT_EQ(result.flows[0].count, 1u);
  EXPECT_THAT(result.Listed(result.flows[0]), IsEmpty());
}

TEST(CorrelatorTest, IdsThatTheDatabaseDoesNotKnowAreIgnored) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {3}}});
  Correlator correlator(db, 4);
  EXPECT_THAT(
      correlator.Correlate(MakeExecution({Source(99, 1), Sink(4000000000, 2)}, {4000000000})).flows,
      IsEmpty());
}

TEST(CorrelatorTest, TimesOverTheWholeRangeDoNotOverflow) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {}}});
  Correlator correlator(db, 4);
  const Execution execution =
      MakeExecution({Source(1, 0), Source(1, 1), Sink(1, UINT64_MAX), Sink(1, UINT64_MAX)}, {});
  const Correlation& result = correlator.Correlate(execution);
  ASSERT_THAT(result.flows, SizeIs(1));
  EXPECT_EQ(result.flows[0].max_ns, UINT64_MAX);
  EXPECT_EQ(result.flows[0].sum_ns, absl::uint128(UINT64_MAX) * 4 - 2);
}

TEST(CorrelatorTest, AShapeIsRememberedFromItsSecondAppearanceOn) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {3}}});
  Correlator correlator(db, 4);
  for (const bool is_repeat : {false, false, true, true}) {
    const Correlation& result =
        correlator.Correlate(MakeExecution({Source(1, 10), Sink(1, 25), Sink(9, 30)}, {3, 8}));
    EXPECT_EQ(result.is_repeat, is_repeat);
    EXPECT_THAT(result.sources, ElementsAre(0));
    EXPECT_THAT(result.sinks, ElementsAre(0));
    EXPECT_EQ(result.num_unknown_events, 1u);
  }
  EXPECT_EQ(correlator.num_remembered(), 1u);
}

TEST(CorrelatorTest, WhatMakesAnotherRecordIsAnotherShape) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {3}}});
  const Execution plain = MakeExecution({Source(1, 10), Sink(1, 25)}, {3, 8});
  std::vector<Execution> others(7, plain);
  others[0].events[1].timestamp = 10;  // no longer after the source
  others[1].events.push_back(Sink(1, 30));
  others[2].hits = {{8, 1}, {3, 1}};
  others[3].hits = {{3, 1}};
  others[4].events_torn = 1;
  others[5].pids = {1, 2};
  others[6].events[0].id = 2;
  Correlator correlator(db, 4);
  for (int i = 0; i < 3; ++i) correlator.Correlate(plain);
  for (const Execution& other : others) EXPECT_FALSE(correlator.Correlate(other).is_repeat);
  EXPECT_TRUE(correlator.Correlate(plain).is_repeat);
}

TEST(CorrelatorTest, TheMemoryForShapesIsBounded) {
  const FlowDb db = MakeFlowDb({{7, 1, 1, {}}});
  Correlator correlator(db, 4, 100000);
  size_t most = 0;
  for (uint32_t id = 0; id < 3000; ++id) {
    for (int i = 0; i < 2; ++i)
      correlator.Correlate(MakeExecution({Source(1, 1), Sink(1, 2)}, {id}));
    most = std::max(most, correlator.num_remembered());
  }
  EXPECT_GT(most, 10u);
  EXPECT_LT(most, 200u);
  EXPECT_LT(correlator.num_remembered(), most);  // they were forgotten, and it went on
}

// 100,000 random executions over 500 random databases, against a correlator that tries every pair.
// Half of them repeat an earlier one at other times, and the memory for shapes is short in some.
TEST(CorrelatorTest, AgreesWithBruteForce) {
  std::mt19937 random(20261121);
  const auto up_to = [&](uint32_t max) { return static_cast<uint32_t>(random() % (max + 1)); };
  uint64_t completed = 0, repeats = 0;
  for (int d = 0; d < 500; ++d) {
    std::vector<test::FlowSpec> flows;
    const uint32_t num_flows = 1 + up_to(d % 10 == 0 ? 200 : 12);
    for (uint32_t f = 0; f < num_flows; ++f) {
      test::FlowSpec flow = {f * 3 + 1, 1 + up_to(4), 1 + up_to(4), {}};
      for (uint32_t i = up_to(3); i > 0; --i) flow.intermediates.push_back(up_to(6));
      flows.push_back(flow);
    }
    const FlowDb db = MakeFlowDb(flows);
    const uint32_t max_listed = up_to(6);
    Correlator correlator(db, max_listed, d % 4 == 0 ? 20000 : Correlator::kDefaultRememberedBytes);
    std::vector<Execution> earlier;
    for (int e = 0; e < 200; ++e) {
      std::vector<Event> events;
      for (uint32_t i = up_to(12); i > 0; --i)  // few ids and times: collisions are common
        events.push_back({up_to(20), up_to(3), 1 + up_to(5), up_to(9), 1, up_to(1) == 1});
      std::vector<uint32_t> hits;
      for (uint32_t id = 0; id < 8; ++id)
        if (up_to(3) != 0) hits.push_back(id);
      std::shuffle(hits.begin(), hits.end(), random);
      Execution execution = MakeExecution(events, hits);
      if (e > 0 && up_to(1) == 1) {
        execution = earlier[up_to(std::min(e, 20) - 1)];
        const uint64_t scale = 1 + up_to(9), offset = up_to(1000);
        for (Event& event : execution.events) event.timestamp = event.timestamp * scale + offset;
      }
      earlier.push_back(execution);
      const Correlation& result = correlator.Correlate(execution);
      repeats += result.is_repeat ? 1 : 0;
      ASSERT_EQ(result.hits_by_id.size(), execution.hits.size());
      for (size_t i = 1; i < result.hits_by_id.size(); ++i)
        ASSERT_LT(execution.hits[result.hits_by_id[i - 1]].id,
                  execution.hits[result.hits_by_id[i]].id);
      const auto expected = BruteForceCompletions(db, execution);
      ASSERT_EQ(result.flows.size(), expected.size());
      for (size_t i = 0; i < result.flows.size(); ++i) {
        const CompletedFlow& flow = result.flows[i];
        const auto& pairs = expected.at(db.flow(flow.flow).id);
        ASSERT_EQ(flow.count, pairs.size());
        absl::uint128 sum = 0;
        uint64_t min = UINT64_MAX, max = 0;
        for (const Completion& pair : pairs) {
          const uint64_t delta = execution.events[pair.sink_event].timestamp -
                                 execution.events[pair.source_event].timestamp;
          sum += delta;
          min = std::min(min, delta);
          max = std::max(max, delta);
        }
        ASSERT_EQ(flow.sum_ns, sum);
        ASSERT_EQ(flow.min_ns, min);
        ASSERT_EQ(flow.max_ns, max);
        const auto listed = result.Listed(flow);
        ASSERT_EQ(listed.size(), std::min<size_t>(max_listed, pairs.size()));
        ASSERT_TRUE(std::equal(listed.begin(), listed.end(), pairs.begin()));
        ASSERT_TRUE(i == 0 || db.flow(result.flows[i - 1].flow).id < db.flow(flow.flow).id);
        ++completed;
      }
    }
  }
  EXPECT_GT(completed, 100000u);  // the comparison is not of empty results
  EXPECT_GT(repeats, 20000u);
}

}  // namespace
}  // namespace flowmon
