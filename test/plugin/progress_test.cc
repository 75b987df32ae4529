#include "plugin/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

#include "plugin/correlator.h"

namespace flowmon {
namespace {

Event Source(uint64_t timestamp, uint32_t id) { return {timestamp, 0, id, 1, 1, false}; }
Event Sink(uint64_t timestamp, uint32_t id) { return {timestamp, 0, id, 1, 1, true}; }

// However slow the machine is.
constexpr uint64_t kAnHourNs = 3'600'000'000'000;

class Campaign {
 public:
  explicit Campaign(FlowDb db, size_t max_bytes = Progress::kDefaultBytes)
      : db_(std::move(db)), correlator_(db_, 1), progress_(db_, max_bytes, kAnHourNs) {}
  void Run(std::vector<Event> events, const std::vector<uint32_t>& hits, bool ordered = true) {
    Execution execution;
    execution.events = std::move(events);
    for (const uint32_t id : hits) execution.hits.push_back({id, 1});
    execution.hits_are_ordered = ordered;
    execution.Normalize();
    progress_.Add(execution, correlator_.Correlate(execution));
  }
  FlowProgress flow(uint32_t index) {
    progress_.Settle();
    return progress_.flow(index);
  }
  const FlowDb& db() const { return db_; }
  Progress& progress() { return progress_; }

 private:
  const FlowDb db_;
  Correlator correlator_;
  Progress progress_;
};

// Flow 0: source 1 -> 1, 2, 3 -> sink 1; flow 1: source 2 -> sink 2.
FlowDb MakeDb() {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (const uint32_t id : {1u, 2u}) {
    db.AddLocation(LocationKind::kSource, {id, file, id, 0, 0});
    db.AddLocation(LocationKind::kSink, {id, file, id, 0, 0});
  }
  for (const uint32_t id : {1u, 2u, 3u})
    db.AddLocation(LocationKind::kIntermediate, {id, file, id, 0, 0});
  db.AddFlow(1, 1, 1, std::vector<uint32_t>{1, 2, 3}, "");
  db.AddFlow(2, 2, 2, {}, "");
  return db;
}

TEST(ProgressTest, IsThatOfOneExecutionWithTheSource) {
  const struct {
    const char* what;
    std::vector<std::pair<std::vector<Event>, std::vector<uint32_t>>> runs;
    uint32_t best_steps, prefix, ordered_prefix;
  } cases[] = {
      {"nothing", {}, 0, 0, 0},
      {"no source", {{{Sink(1, 1)}, {1, 2, 3}}}, 0, 0, 0},
      {"the source", {{{Source(1, 1)}, {}}}, 0, 0, 0},
      {"another source", {{{Source(1, 2)}, {1, 2}}}, 0, 0, 0},
      {"a step", {{{Source(1, 1)}, {1}}}, 1, 1, 1},
      {"a gap", {{{Source(1, 1)}, {1, 3}}}, 2, 1, 1},
      {"the first step is missing", {{{Source(1, 1)}, {2, 3}}}, 2, 0, 0},
      {"all", {{{Source(1, 1)}, {1, 2, 3}}}, 3, 3, 3},
      {"backwards", {{{Source(1, 1)}, {3, 2, 1}}}, 3, 3, 1},
      {"the last two exchanged", {{{Source(1, 1)}, {1, 3, 2}}}, 3, 3, 2},
      {"in two executions", {{{Source(1, 1)}, {1}}, {{Source(1, 1)}, {2, 3}}}, 2, 1, 1},
      {"more in one without the source", {{{Source(1, 1)}, {1}}, {{}, {1, 2, 3}}}, 1, 1, 1},
      {"unknown ids between", {{{Source(1, 1)}, {77, 1, 0, 2, 99}}}, 2, 2, 2},
      {"an id that comes twice", {{{Source(1, 1)}, {1, 2, 1}}}, 2, 2, 2},
  };
  for (const auto& c : cases) {
    Campaign campaign(MakeDb());
    for (const auto& [events, hits] : c.runs) campaign.Run(events, hits);
    const FlowProgress progress = campaign.flow(0);
    EXPECT_EQ(progress.best_steps, c.best_steps) << c.what;
    EXPECT_EQ(progress.prefix, c.prefix) << c.what;
    EXPECT_EQ(progress.ordered_prefix, c.ordered_prefix) << c.what;
  }
}

TEST(ProgressTest, WithoutAnOrderThereIsNoOrderedPrefix) {
  Campaign campaign(MakeDb());
  campaign.Run({Source(1, 1)}, {1, 2}, false);
  EXPECT_EQ(campaign.flow(0).prefix, 2u);
  EXPECT_EQ(campaign.flow(0).ordered_prefix, 0u);
}

TEST(ProgressTest, TellsWhichStepStopsAFlow) {
  Campaign campaign(MakeDb());
  EXPECT_EQ(campaign.flow(0).blocked_step, 0u) << "the source never fired";
  for (int i = 0; i < 50; ++i) campaign.Run({Source(1, 1)}, {});
  for (int i = 0; i < 7; ++i) campaign.Run({Source(1, 1)}, {1, 2});
  campaign.Run({Source(1, 1)}, {1, 3});
  FlowProgress progress = campaign.flow(0);
  EXPECT_EQ(progress.blocked_step, 3u);
  EXPECT_EQ(progress.reached_before, 7u);
  EXPECT_EQ(progress.most_stopped_step, 1u);
  EXPECT_EQ(progress.most_stopped, 50u);

  for (int i = 0; i < 100; ++i) campaign.Run({Source(1, 1)}, {1, 2, 3});
  progress = campaign.flow(0);
  EXPECT_EQ(progress.blocked_step, 4u) << "the sink";
  EXPECT_EQ(progress.reached_before, 100u);
  EXPECT_EQ(progress.most_stopped_step, 4u);

  campaign.Run({Source(1, 1), Sink(2, 1)}, {1, 2, 3});
  progress = campaign.flow(0);
  EXPECT_EQ(progress.blocked_step, 0u);
  EXPECT_EQ(progress.most_stopped_step, 4u);
  EXPECT_EQ(progress.most_stopped, 100u);
}

TEST(ProgressTest, AFlowWithoutStepsIsStoppedAtItsSink) {
  Campaign campaign(MakeDb());
  for (int i = 0; i < 3; ++i) campaign.Run({Source(1, 2)}, {});
  EXPECT_EQ(campaign.flow(1).blocked_step, 1u);
  EXPECT_EQ(campaign.flow(1).reached_before, 3u);
  campaign.Run({Source(1, 2), Sink(2, 2)}, {});
  EXPECT_EQ(campaign.flow(1).blocked_step, 0u);
}

// Against a plain count, also where classes are forgotten all the time.
TEST(ProgressTest, EqualsBruteForce) {
  constexpr uint32_t kIds = 8, kFlows = 40;
  std::mt19937 random(7);
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (uint32_t id = 1; id <= 3; ++id) {
    db.AddLocation(LocationKind::kSource, {id, file, id, 0, 0});
    db.AddLocation(LocationKind::kSink, {id, file, id, 0, 0});
  }
  for (uint32_t id = 0; id < kIds; ++id)
    db.AddLocation(LocationKind::kIntermediate, {id, file, id + 1, 0, 0});
  for (uint32_t i = 0; i < kFlows; ++i) {
    std::vector<uint32_t> steps;
    for (uint32_t n = random() % 5; n > 0; --n)
      if (const uint32_t id = random() % kIds; std::ranges::find(steps, id) == steps.end())
        steps.push_back(id);
    db.AddFlow(i, random() % 3 + 1, random() % 3 + 1, steps, "");
  }
  for (const size_t max_bytes : {Progress::kDefaultBytes, size_t{1000}}) {
    Campaign campaign(db, max_bytes);
    std::vector<std::vector<uint64_t>> reached(kFlows);
    std::vector<uint32_t> best(kFlows), ordered(kFlows);
    std::vector<uint64_t> hit_executions(kIds);
    for (uint32_t i = 0; i < kFlows; ++i) reached[i].resize(db.flow(i).intermediates.size() + 2);
    for (int run = 0; run < 3000; ++run) {
      std::vector<Event> events;
      for (uint32_t n = random() % 3; n > 0; --n)
        events.push_back(random() % 2 ? Source(n, random() % 3 + 1) : Sink(n, random() % 3 + 1));
      std::vector<uint32_t> hits;
      for (uint32_t id = 0; id < kIds; ++id)
        if (random() % 3 != 0) hits.push_back(id);
      for (const uint32_t id : hits) ++hit_executions[id];
      std::shuffle(hits.begin(), hits.end(), random);
      const auto fired = [&](uint32_t id, bool is_sink) {
        return std::ranges::any_of(
            events, [&](const Event& e) { return e.id == id && e.is_sink == is_sink; });
      };
      for (uint32_t i = 0; i < kFlows; ++i) {
        const Flow flow = db.flow(i);
        if (!fired(flow.source_id, false)) continue;
        uint32_t num_hit = 0, prefix = 0, in_order = 0;
        auto last = hits.begin();
        bool is_prefix = true, is_ordered = true;
        for (const uint32_t id : flow.intermediates) {
          const auto hit = std::ranges::find(hits, id);
          num_hit += hit != hits.end();
          is_prefix = is_prefix && hit != hits.end();
          is_ordered = is_ordered && is_prefix && hit >= last;
          prefix += is_prefix;
          in_order += is_ordered;
          last = hit;
        }
        best[i] = std::max(best[i], num_hit);
        ordered[i] = std::max(ordered[i], in_order);
        for (uint32_t step = 0; step <= prefix; ++step) ++reached[i][step];
        if (prefix == flow.intermediates.size() && fired(flow.sink_id, true)) ++reached[i].back();
      }
      campaign.Run(events, hits);
    }
    for (uint32_t i = 0; i < kFlows; ++i) {
      const FlowProgress progress = campaign.flow(i);
      EXPECT_EQ(progress.best_steps, best[i]);
      EXPECT_EQ(campaign.progress().ReachedSteps(i), reached[i]);
      EXPECT_EQ(progress.ordered_prefix, ordered[i]);
      uint32_t blocked = 0, most_stopped_step = 0;
      uint64_t most_stopped = 0;
      for (uint32_t step = 1; step < reached[i].size(); ++step) {
        const uint64_t stopped = reached[i][step - 1] - reached[i][step];
        if (reached[i][step] == 0 && stopped > 0) blocked = step;
        if (stopped > 0 && stopped >= most_stopped) {
          most_stopped = stopped;
          most_stopped_step = step;
        }
      }
      EXPECT_EQ(progress.blocked_step, blocked);
      EXPECT_EQ(progress.reached_before, blocked == 0 ? 0 : reached[i][blocked - 1]);
      EXPECT_EQ(progress.most_stopped, most_stopped);
      EXPECT_EQ(progress.most_stopped_step, most_stopped_step);
    }
    for (uint32_t id = 0; id < kIds; ++id)
      EXPECT_EQ(campaign.progress().hit_executions(id), hit_executions[id]);
    EXPECT_EQ(campaign.progress().num_unexamined(), 0u);
  }
}

}  // namespace
}  // namespace flowmon
