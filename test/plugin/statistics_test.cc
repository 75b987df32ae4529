#include "plugin/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugin/correlator.h"

namespace flowmon {
namespace {

constexpr uint32_t kUnlimited = UINT32_MAX;

Event SourceAt(uint64_t timestamp, uint32_t id, uint64_t hash = 0) {
  return {timestamp, hash, id, 1, 1, false};
}
Event SinkAt(uint64_t timestamp, uint32_t id, uint64_t hash = 0) {
  return {timestamp, hash, id, 1, 1, true};
}

// Flow 10: source 1 -> 1, 2 -> sink 1; 20: source 1 -> sink 2; 30: source 2 -> 3 -> sink 1.
FlowDb MakeDb() {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (const uint32_t id : {1u, 2u}) {
    db.AddLocation(LocationKind::kSource, {id, file, id, 0, 0});
    db.AddLocation(LocationKind::kSink, {id, file, id, 0, 0});
  }
  for (const uint32_t id : {1u, 2u, 3u})
    db.AddLocation(LocationKind::kIntermediate, {id, file, id, 0, 0});
  db.AddFlow(10, 1, 1, std::vector<uint32_t>{1, 2}, "");
  db.AddFlow(20, 1, 2, {}, "");
  db.AddFlow(30, 2, 1, std::vector<uint32_t>{3}, "");
  return db;
}

// Statistics fed through a real correlator.
class Campaign {
 public:
  explicit Campaign(uint32_t max_values = kUnlimited)
      : correlator_(db_, 3), statistics_(db_, max_values, 0) {}

  Novelty Run(std::vector<Event> events, const std::vector<uint32_t>& hits = {},
              uint64_t since_start_ns = 0) {
    Execution execution;
    execution.events_produced = events.size();
    execution.events = std::move(events);
    for (const uint32_t id : hits) execution.hits.push_back({id, 1});
    return Run(std::move(execution), since_start_ns);
  }
  Novelty Run(Execution execution, uint64_t since_start_ns = 0) {
    execution.Normalize();
    return statistics_.Add(execution, correlator_.Correlate(execution), since_start_ns);
  }

  Statistics& statistics() { return statistics_; }
  const Statistics::Totals& totals() const { return statistics_.totals(); }
  const FlowDb& db() const { return db_; }

 private:
  const FlowDb db_ = MakeDb();
  Correlator correlator_;
  Statistics statistics_;
};

TEST(StatisticsTest, BeginsWithNothing) {
  Campaign campaign;
  EXPECT_EQ(campaign.totals().executions, 0u);
  EXPECT_EQ(campaign.totals().events_produced, 0u);
  EXPECT_EQ(campaign.statistics().flow(0), nullptr);
  EXPECT_EQ(campaign.statistics().state(0), FlowState::kNotReached);
}

TEST(StatisticsTest, AnExecutionWithoutEventsCounts) {
  Campaign campaign;
  EXPECT_EQ(campaign.Run(std::vector<Event>{}), Novelty::kNothing);
  EXPECT_EQ(campaign.totals().executions, 1u);
}

TEST(StatisticsTest, WhatWasProducedIsRecordedOrDropped) {
  std::mt19937 random(1);
  Campaign campaign;
  Statistics::Totals expected;
  for (int i = 0; i < 500; ++i) {
    Execution execution;
    for (uint32_t n = random() % 5; n > 0; --n) {
      const uint32_t id = random() % 4;  // 0 and 3 are no sources or sinks
      execution.events.push_back(random() % 2 ? SourceAt(random(), id) : SinkAt(random(), id));
      ++(execution.events.back().is_sink ? expected.events_sinks : expected.events_sources);
      expected.events_unknown_id += id == 0 || id == 3;
    }
    expected.events_sources += execution.sources_capped = random() % 3;
    expected.events_sinks += execution.sinks_capped = random() % 3;
    expected.events_capped += execution.events_capped();
    expected.events_overflowed += execution.events_overflowed = random() % 3;
    expected.events_torn += execution.events_torn = random() % 3;
    expected.events_late += execution.events_late = random() % 3;
    expected.hits_uncounted += execution.hits_uncounted = random() % 3;
    expected.hits_late += execution.hits_late = random() % 3;
    execution.events_produced = execution.events.size() + execution.events_capped() +
                                execution.events_dropped() + execution.events_late;
    expected.events_produced += execution.events_produced;
    campaign.Run(std::move(execution));

    const Statistics::Totals& totals = campaign.totals();
    ASSERT_EQ(totals.events_produced, totals.events_recorded() + totals.events_dropped());
    ASSERT_EQ(totals.events_recorded() + totals.events_capped,
              totals.events_sources + totals.events_sinks);
  }
  const Statistics::Totals& totals = campaign.totals();
  EXPECT_EQ(totals.executions, 500u);
  EXPECT_EQ(totals.events_produced, expected.events_produced);
  EXPECT_EQ(totals.events_sources, expected.events_sources);
  EXPECT_EQ(totals.events_sinks, expected.events_sinks);
  EXPECT_EQ(totals.events_capped, expected.events_capped);
  EXPECT_EQ(totals.events_overflowed, expected.events_overflowed);
  EXPECT_EQ(totals.events_torn, expected.events_torn);
  EXPECT_EQ(totals.events_late, expected.events_late);
  EXPECT_EQ(totals.events_unknown_id, expected.events_unknown_id);
  EXPECT_EQ(totals.hits_uncounted, expected.hits_uncounted);
  EXPECT_EQ(totals.hits_late, expected.hits_late);
}

TEST(StatisticsTest, LateProcessesAloneAreNoExecution) {
  Campaign campaign;
  Execution execution;
  execution.events_produced = execution.events_late = 7;
  execution.hits_late = 3;
  campaign.statistics().AddLate(execution);
  EXPECT_EQ(campaign.totals().executions, 0u);
  EXPECT_EQ(campaign.totals().events_produced, 7u);
  EXPECT_EQ(campaign.totals().events_dropped(), 7u);
  EXPECT_EQ(campaign.totals().hits_late, 3u);
}

TEST(StatisticsTest, SourcesAndSinksCountExecutionsNotEvents) {
  Campaign campaign;
  campaign.Run({SourceAt(1, 1), SourceAt(2, 1), SinkAt(3, 2)});
  campaign.Run({SourceAt(1, 1)});
  campaign.Run({SourceAt(1, 2)});
  const Statistics& statistics = campaign.statistics();
  EXPECT_EQ(statistics.source_executions(1), 2u);
  EXPECT_EQ(statistics.source_executions(2), 1u);
  EXPECT_EQ(statistics.sink_executions(1), 0u);
  EXPECT_EQ(statistics.sink_executions(2), 1u);
  EXPECT_EQ(statistics.source_executions(99), 0u);
}

TEST(StatisticsTest, IntermediatesAreCountedOnceAndOnlyThoseOfTheDatabase) {
  Campaign campaign;
  campaign.Run({}, {0, 1, 3, 4, 4000000000});  // 1 and 3 are intermediates
  campaign.Run({}, std::vector<uint32_t>{1});
  EXPECT_EQ(campaign.totals().intermediates_hit, 2u);
  const Statistics& statistics = campaign.statistics();
  EXPECT_TRUE(statistics.intermediate_hit(1));
  EXPECT_FALSE(statistics.intermediate_hit(2));
  EXPECT_FALSE(statistics.intermediate_hit(0));
  EXPECT_FALSE(statistics.intermediate_hit(4000000000));
  EXPECT_EQ(statistics.steps_reached(campaign.db().flow(0)), 1u);
  EXPECT_EQ(statistics.steps_reached(campaign.db().flow(1)), 0u);
}

TEST(StatisticsTest, AFlowRemembersItsFirstTimeAndItsExtremes) {
  Campaign campaign;
  campaign.Run({SourceAt(1, 1)}, {}, 100);
  campaign.Run({SourceAt(10, 1), SinkAt(15, 2)}, {}, 200);
  campaign.Run({SourceAt(10, 1), SourceAt(11, 1), SinkAt(14, 2)}, {}, 300);
  const FlowStatistics* const flow = campaign.statistics().flow(1);
  ASSERT_NE(flow, nullptr);
  EXPECT_EQ(flow->first_execution, 2u);
  EXPECT_EQ(flow->first_ns, 200u);
  EXPECT_EQ(flow->completions, 3u);
  EXPECT_EQ(flow->executions, 2u);
  EXPECT_EQ(flow->min_ns, 3u);
  EXPECT_EQ(flow->max_ns, 5u);
  EXPECT_DOUBLE_EQ(flow->average_ns(), 4.0);
  EXPECT_EQ(campaign.totals().flows_completed, 1u);
  EXPECT_EQ(campaign.totals().completions, 3u);
}

TEST(StatisticsTest, SumsOfTimesDoNotOverflow) {
  Campaign campaign;
  for (int i = 0; i < 8; ++i) campaign.Run({SourceAt(0, 1), SinkAt(UINT64_MAX, 2)});
  EXPECT_DOUBLE_EQ(campaign.statistics().flow(1)->average_ns(), static_cast<double>(UINT64_MAX));
  EXPECT_EQ(FlowStatistics().average_ns(), 0);
}

TEST(StatisticsTest, NovelIsAFirstCompletionAStepOrAPair) {
  const struct {
    const char* what;
    std::vector<Event> events;
    std::vector<uint32_t> hits;
    Novelty novelty;
  } runs[] = {
      {"a source alone", {SourceAt(1, 1)}, {}, Novelty::kNothing},
      {"a sink alone", {SinkAt(1, 2)}, {}, Novelty::kNothing},
      {"a hit that the database does not know", {}, {0, 99}, Novelty::kNothing},
      {"a step", {}, {1}, Novelty::kProgress},
      {"the step again", {}, {1}, Novelty::kNothing},
      {"the step with another", {}, {1, 2}, Novelty::kProgress},
      {"a flow", {SourceAt(1, 1, 5), SinkAt(2, 2, 6)}, {}, Novelty::kProgress},
      {"the flow again", {SourceAt(3, 1, 5), SinkAt(9, 2, 6)}, {}, Novelty::kNothing},
      {"another sink value", {SourceAt(1, 1, 5), SinkAt(2, 2, 7)}, {}, Novelty::kValues},
      {"another source value", {SourceAt(1, 1, 8), SinkAt(2, 2, 7)}, {}, Novelty::kValues},
      {"both values known, not together",
       {SourceAt(1, 1, 8), SinkAt(2, 2, 6)},
       {},
       Novelty::kValues},
      {"all again",
       {SourceAt(1, 1, 8), SourceAt(2, 1, 5), SinkAt(3, 2, 6)},
       {2},
       Novelty::kNothing},
      {"another flow of known parts",
       {SourceAt(1, 1, 8), SinkAt(2, 1, 6)},
       {1, 2},
       Novelty::kProgress},
      {"no flow: its sink comes first",
       {SinkAt(1, 1, 1), SourceAt(2, 2, 1)},
       {},
       Novelty::kNothing},
  };
  Campaign campaign;
  for (const auto& run : runs)
    EXPECT_EQ(campaign.Run(run.events, run.hits), run.novelty) << run.what;
}

TEST(StatisticsTest, APairForWhichThereIsNoRoomIsNotNovel) {
  Campaign campaign(1);
  EXPECT_EQ(campaign.Run({SourceAt(1, 1, 1), SinkAt(2, 2, 1)}), Novelty::kProgress);
  EXPECT_EQ(campaign.Run({SourceAt(1, 1, 2), SinkAt(2, 2, 2)}), Novelty::kNothing);
  EXPECT_FALSE(campaign.statistics().flow(1)->evidence.value_pairs.is_exact());
}

TEST(StatisticsTest, AFlowsStateIsAsFarAsItHasEverGot) {
  const struct {
    const char* what;
    std::vector<std::vector<Event>> runs;
    std::vector<uint32_t> hits;  // in the last run
    FlowState state;             // of flow 10
  } cases[] = {
      {"nothing", {{}}, {}, FlowState::kNotReached},
      {"steps only", {{}}, {1, 2}, FlowState::kNotReached},
      {"another source", {{SourceAt(1, 2)}}, {}, FlowState::kNotReached},
      {"source", {{SourceAt(1, 1)}}, {}, FlowState::kSourceOnly},
      {"source, a step of another flow", {{SourceAt(1, 1)}}, {3}, FlowState::kSourceOnly},
      {"sink", {{SinkAt(1, 1)}}, {}, FlowState::kSinkOnly},
      {"sink and steps", {{SinkAt(1, 1)}}, {1, 2}, FlowState::kSinkOnly},
      {"source and a step", {{SourceAt(1, 1)}}, {2}, FlowState::kPartlyReached},
      {"source and steps", {{SourceAt(1, 1)}}, {1, 2}, FlowState::kPartlyReached},
      {"source and sink", {{SourceAt(1, 1), SinkAt(2, 1)}}, {}, FlowState::kPartlyReached},
      {"the wrong order", {{SinkAt(1, 1), SourceAt(2, 1)}}, {1, 2}, FlowState::kPartlyReached},
      {"the same time", {{SinkAt(1, 1), SourceAt(1, 1)}}, {1, 2}, FlowState::kPartlyReached},
      {"a step is missing", {{SourceAt(1, 1), SinkAt(2, 1)}}, {1}, FlowState::kPartlyReached},
      {"in parts", {{SourceAt(1, 1)}, {SinkAt(2, 1)}}, {1, 2}, FlowState::kPartlyReached},
      {"all", {{SourceAt(1, 1), SinkAt(2, 1)}}, {1, 2}, FlowState::kComplete},
      {"all, late", {{SinkAt(1, 1)}, {SourceAt(1, 1), SinkAt(2, 1)}}, {1, 2}, FlowState::kComplete},
  };
  for (const auto& c : cases) {
    Campaign campaign;
    for (size_t i = 0; i < c.runs.size(); ++i)
      campaign.Run(c.runs[i], i + 1 == c.runs.size() ? c.hits : std::vector<uint32_t>());
    EXPECT_STREQ(FlowStateName(campaign.statistics().state(0)), FlowStateName(c.state)) << c.what;
  }
}

TEST(StatisticsTest, TheOrderIsWrongIfItWasNeverRight) {
  const std::vector<Event> wrong = {SinkAt(1, 1), SourceAt(1, 1), SourceAt(2, 1)};
  Campaign campaign;
  EXPECT_FALSE(campaign.statistics().only_wrong_order(0)) << "nothing ran";
  campaign.Run({SourceAt(1, 1)});
  campaign.Run({SinkAt(1, 1)});
  EXPECT_FALSE(campaign.statistics().only_wrong_order(0)) << "never together";
  Execution capped;
  capped.events = wrong;
  capped.sinks_capped = 1;
  campaign.Run(capped);
  EXPECT_FALSE(campaign.statistics().only_wrong_order(0)) << "the last sink event was not stored";
  for (int i = 0; i < 3; ++i) campaign.Run(wrong);
  EXPECT_TRUE(campaign.statistics().only_wrong_order(0));
  EXPECT_FALSE(campaign.statistics().only_wrong_order(1));
  campaign.Run({SinkAt(1, 1), SourceAt(2, 1), SinkAt(3, 1)});
  EXPECT_FALSE(campaign.statistics().only_wrong_order(0)) << "right, though a step was missing";
  campaign.Run(wrong);
  EXPECT_FALSE(campaign.statistics().only_wrong_order(0));
}

TEST(StatisticsTest, ACompletedFlowStaysComplete) {
  Campaign campaign;
  campaign.Run({SourceAt(1, 1), SinkAt(2, 2)});
  campaign.Run(std::vector<Event>{});
  EXPECT_EQ(campaign.statistics().state(1), FlowState::kComplete);
}

TEST(StatisticsTest, StatesHaveDistinctNames) {
  std::set<std::string> names;
  for (const FlowState state :
       {FlowState::kComplete, FlowState::kPartlyReached, FlowState::kSourceOnly,
        FlowState::kSinkOnly, FlowState::kNotReached})
    names.insert(FlowStateName(state));
  EXPECT_EQ(names.size(), 5u);
  EXPECT_FALSE(names.contains(""));
}

// Everything of every flow, against the definitions, over random campaigns.
TEST(StatisticsTest, EqualsBruteForce) {
  struct Expected {
    uint64_t completions = 0, executions = 0, first_execution = 0, min = UINT64_MAX, max = 0;
    double sum = 0;
    std::array<uint64_t, 65> by_time = {};
    std::set<uint64_t> sink_values;
    std::set<std::pair<uint64_t, uint64_t>> pairs;
  };
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    Campaign campaign;
    const FlowDb& db = campaign.db();
    std::vector<Expected> expected(db.num_flows());
    for (uint64_t number = 1; number <= 40; ++number) {
      std::vector<Event> events;
      for (uint32_t n = random() % 12; n > 0; --n) {
        const uint64_t time = random() % 20, hash = random() % 6;
        const uint32_t id = 1 + random() % 2;
        events.push_back(random() % 2 ? SourceAt(time, id, hash) : SinkAt(time, id, hash));
      }
      std::vector<uint32_t> hits;
      for (uint32_t id = 1; id <= 3; ++id)
        if (random() % 4 != 0) hits.push_back(id);
      for (size_t i = 0; i < db.num_flows(); ++i) {
        const Flow flow = db.flow(i);
        const bool passed = std::all_of(
            flow.intermediates.begin(), flow.intermediates.end(),
            [&](uint32_t id) { return std::find(hits.begin(), hits.end(), id) != hits.end(); });
        if (!passed) continue;
        const uint64_t before = expected[i].completions;
        uint64_t shortest = UINT64_MAX;
        for (const Event& sink : events) {
          const Event* last = nullptr;
          for (const Event& source : events) {
            if (source.is_sink || !sink.is_sink || source.id != flow.source_id ||
                sink.id != flow.sink_id || source.timestamp >= sink.timestamp)
              continue;
            const uint64_t delta = sink.timestamp - source.timestamp;
            ++expected[i].completions;
            expected[i].min = std::min(expected[i].min, delta);
            expected[i].max = std::max(expected[i].max, delta);
            shortest = std::min(shortest, delta);
            expected[i].sum += static_cast<double>(delta);
            expected[i].sink_values.insert(sink.hash);
            if (!last || source.timestamp >= last->timestamp) last = &source;
          }
          if (last) expected[i].pairs.insert({last->hash, sink.hash});
        }
        if (expected[i].completions == before) continue;
        ++expected[i].executions;
        size_t width = 0;
        while (shortest >> width != 0) ++width;
        ++expected[i].by_time[width];
        if (before == 0) expected[i].first_execution = number;
      }
      campaign.Run(std::move(events), hits);
    }
    uint64_t completions = 0;
    for (size_t i = 0; i < db.num_flows(); ++i) {
      const FlowStatistics* const flow = campaign.statistics().flow(i);
      ASSERT_EQ(flow != nullptr, expected[i].completions > 0);
      completions += expected[i].completions;
      if (!flow) continue;
      EXPECT_EQ(flow->completions, expected[i].completions);
      EXPECT_EQ(flow->executions, expected[i].executions);
      EXPECT_EQ(flow->first_execution, expected[i].first_execution);
      EXPECT_EQ(flow->min_ns, expected[i].min);
      EXPECT_EQ(flow->max_ns, expected[i].max);
      EXPECT_EQ(flow->executions_by_time, expected[i].by_time);
      EXPECT_DOUBLE_EQ(flow->average_ns(),
                       expected[i].sum / static_cast<double>(expected[i].completions));
      EXPECT_EQ(flow->evidence.sink_values.count(), expected[i].sink_values.size());
      EXPECT_EQ(flow->evidence.value_pairs.count(), expected[i].pairs.size());
    }
    EXPECT_EQ(campaign.totals().completions, completions);
  }
}

}  // namespace
}  // namespace flowmon
