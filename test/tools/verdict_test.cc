#include "tools/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flowmon {
namespace {

// What a line needs for each verdict at least.
FlowStatsLine Complete(uint64_t source_values, uint64_t sink_values) {
  FlowStatsLine line;
  line.completions = line.executions = 100;
  line.source_executions = line.sink_executions = 100;
  line.source_values = source_values;
  line.sink_values = sink_values;
  return line;
}
FlowStatsLine Ran(uint64_t source, uint64_t sink, uint32_t steps = 0) {
  FlowStatsLine line;
  line.source_executions = source;
  line.sink_executions = sink;
  line.steps_reached = steps;
  return line;
}
template <typename... Changes>
FlowStatsLine With(FlowStatsLine line, Changes... changes) {
  (changes(line), ...);
  return line;
}

const auto kFunction = [](FlowStatsLine& line) { line.repeats = 32; };
const auto kTooFewRepeats = [](FlowStatsLine& line) { line.repeats = 31; };
const auto kContradicted = [](FlowStatsLine& line) { line.repeats = 999, line.contradictions = 1; };
const auto kIdentical = [](FlowStatsLine& line) { line.identical = line.value_pairs = 8; };
const auto kTooFewIdentical = [](FlowStatsLine& line) { line.identical = 7; };
const auto kNotAlwaysIdentical = [](FlowStatsLine& line) {
  line.identical = 99, line.not_identical = 1;
};

TEST(VerdictTest, FollowsTheDocumentedRules) {
  const struct {
    const char* what;
    FlowStatsLine stats;
    bool is_instrumented;
    Verdict verdict;
  } cases[] = {
      {"a function", With(Complete(5, 2), kFunction), true, Verdict::kConfirmed},
      {"identical", With(Complete(2, 2), kIdentical), true, Verdict::kConfirmed},
      {"identical, though contradicted", With(Complete(5, 2), kContradicted, kIdentical), true,
       Verdict::kConfirmed},
      {"a function, though not identical", With(Complete(5, 2), kFunction, kNotAlwaysIdentical),
       true, Verdict::kConfirmed},
      {"contradicted", With(Complete(5, 2), kContradicted), true, Verdict::kCompleted},
      {"too few of both", With(Complete(5, 2), kTooFewRepeats, kTooFewIdentical), true,
       Verdict::kCompleted},
      {"not always identical", With(Complete(5, 2), kNotAlwaysIdentical), true,
       Verdict::kCompleted},
      {"identical, of few pairs of values",
       With(Complete(5, 2), kIdentical, [](FlowStatsLine& line) { line.value_pairs = 7; }), true,
       Verdict::kCompleted},
      {"one sink value, estimated",
       With(Complete(8, 1), [](FlowStatsLine& line) { line.sink_values_exact = false; }), true,
       Verdict::kCompleted},
      {"one sink value, 8 sources", With(Complete(8, 1), kFunction, kIdentical), true,
       Verdict::kConstantSink},
      {"one sink value, 7 sources", With(Complete(7, 1), kFunction, kIdentical), true,
       Verdict::kCompleted},
      {"complete, though not in the program that was named", Complete(8, 1), false,
       Verdict::kConstantSink},
      {"not in the program", Ran(1, 1, 1), false, Verdict::kNotInstrumented},
      {"wrong order", With(Ran(1, 1, 1), [](FlowStatsLine& line) { line.wrong_order = true; }),
       true, Verdict::kWrongOrder},
      {"right order, a step missing",
       With(Ran(1, 1, 1), [](FlowStatsLine& line) { line.wrong_order = false; }), true,
       Verdict::kPartlyReached},
      {"source and sink, never together", Ran(1, 1), true, Verdict::kPartlyReached},
      {"source and a step", Ran(1, 0, 1), true, Verdict::kPartlyReached},
      {"source", Ran(1, 0), true, Verdict::kSourceOnly},
      {"sink", Ran(0, 1), true, Verdict::kSinkOnly},
      {"sink and steps", Ran(0, 1, 3), true, Verdict::kSinkOnly},
      {"steps", Ran(0, 0, 3), true, Verdict::kNotReached},
      {"nothing", Ran(0, 0), true, Verdict::kNotReached},
  };
  for (const auto& c : cases)
    EXPECT_EQ(VerdictName(Judge(c.stats, c.is_instrumented)), VerdictName(c.verdict)) << c.what;
}

TEST(VerdictTest, NamesGoBothWays) {
  for (const Verdict verdict : kVerdicts) EXPECT_EQ(VerdictOfName(VerdictName(verdict)), verdict);
  EXPECT_EQ(VerdictOfName("confirm"), std::nullopt);
}

TEST(VerdictTest, InstancesAddUp) {
  FlowStatsLine a = With(Complete(5, 2), kFunction), b = With(Complete(7, 3), kContradicted);
  a.first_ms = 900, a.first_execution = 9, a.min_ns = 5, a.max_ns = 6, a.avg_ns = 5.5;
  b.first_ms = 800, b.first_execution = 8, b.min_ns = 1, b.max_ns = 9, b.avg_ns = 2.5;
  b.completions = 300;
  b.sink_values_exact = false;
  a.reached = {9, 5}, b.reached = {1, 1};
  a.step_executions = {4}, b.step_executions = {3};
  a.times = {{3, 5}}, b.times = {{1, 2}, {3, 1}, {7, 1}};
  FlowStatsLine merged;
  MergeFlowStats(a, merged);
  EXPECT_EQ(merged.first_ms, 900u);
  EXPECT_EQ(Judge(merged, true), Verdict::kConfirmed);
  MergeFlowStats(b, merged);
  EXPECT_EQ(merged.completions, 400u);
  EXPECT_EQ(merged.first_ms, 800u);
  EXPECT_EQ(merged.first_execution, 8u);
  EXPECT_EQ(merged.min_ns, 1u);
  EXPECT_EQ(merged.max_ns, 9u);
  EXPECT_DOUBLE_EQ(merged.avg_ns, 3.25);
  EXPECT_EQ(merged.source_values, 7u);
  EXPECT_EQ(merged.sink_values, 3u);
  EXPECT_FALSE(merged.sink_values_exact);
  EXPECT_EQ(merged.reached, (std::vector<uint64_t>{10, 6}));
  EXPECT_EQ(merged.step_executions, (std::vector<uint64_t>{7}));
  EXPECT_EQ(merged.times, (std::vector<std::pair<uint32_t, uint64_t>>{{1, 2}, {3, 6}, {7, 1}}));
  EXPECT_EQ(Judge(merged, true), Verdict::kCompleted) << "what one has contradicted holds for all";
}

TEST(VerdictTest, TwoConstantsAreTwoValues) {
  FlowStatsLine a = With(Complete(8, 1), kFunction), b = a;
  a.only_sink_value = "0x1";
  b.only_sink_value = "0x1";
  FlowStatsLine same, different;
  MergeFlowStats(a, same);
  MergeFlowStats(b, same);
  EXPECT_EQ(same.sink_values, 1u);
  EXPECT_TRUE(same.sink_values_exact);
  EXPECT_EQ(Judge(same, true), Verdict::kConstantSink);
  EXPECT_EQ(same.only_sink_value, "0x1");
  b.only_sink_value = "0x2";
  MergeFlowStats(a, different);
  MergeFlowStats(b, different);
  EXPECT_EQ(Judge(different, true), Verdict::kCompleted) << "neither saw the sink vary";
  EXPECT_TRUE(different.is_constant_in_each);
  EXPECT_EQ(different.sink_values, 2u);
  EXPECT_EQ(different.only_sink_value, "");
}

TEST(VerdictTest, TheFurthestInstanceTellsWhereAFlowIsBlocked) {
  FlowStatsLine near = Ran(10, 0, 1), far = Ran(20, 0, 2), through = Ran(5, 5, 3);
  near.blocked_step = 2, near.reached_before = 7;
  far.blocked_step = 3, far.reached_before = 1;
  FlowStatsLine merged;
  MergeFlowStats(near, merged);
  EXPECT_EQ(merged.blocked_step, 2u) << "of an instance that saw nothing";
  MergeFlowStats(far, merged);
  EXPECT_EQ(merged.blocked_step, 3u);
  EXPECT_EQ(merged.reached_before, 1u);
  MergeFlowStats(far, merged);
  EXPECT_EQ(merged.reached_before, 2u);
  MergeFlowStats(near, merged);
  EXPECT_EQ(merged.blocked_step, 3u);
  MergeFlowStats(through, merged);
  EXPECT_EQ(merged.blocked_step, 0u) << "one reached the sink";
}

TEST(VerdictTest, TheOrderIsWrongIfNoInstanceHadItRight) {
  FlowStatsLine unknown = Ran(1, 0), wrong = Ran(1, 1), right = Ran(1, 1);
  wrong.wrong_order = true;
  right.wrong_order = false;
  FlowStatsLine merged;
  MergeFlowStats(unknown, merged);
  EXPECT_EQ(merged.wrong_order, std::nullopt);
  MergeFlowStats(wrong, merged);
  EXPECT_EQ(merged.wrong_order, true);
  MergeFlowStats(right, merged);
  EXPECT_EQ(merged.wrong_order, false);
  MergeFlowStats(wrong, merged);
  EXPECT_EQ(merged.wrong_order, false);
}

TEST(VerdictTest, TheReasonNamesTheStep) {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  db.AddLocation(LocationKind::kSource, {1, file, 10, 0, 0});
  db.AddLocation(LocationKind::kSink, {1, file, 20, 0, 0});
  for (const uint32_t id : {1u, 2u})
    db.AddLocation(LocationKind::kIntermediate, {id, file, 10 + id, 0, 0});
  db.AddFlow(1, 1, 1, std::vector<uint32_t>{1, 2}, "");
  const Flow flow = db.flow(0);
  FlowStatsLine stats = Ran(1000, 0, 1);
  stats.blocked_step = 1, stats.reached_before = 1000;
  EXPECT_EQ(ExplainVerdict(Verdict::kSourceOnly, stats, db, flow),
            "blocked at step 1 of 2, a.c:11: the source reached in 1,000 executions, this in none");
  stats.blocked_step = 2, stats.reached_before = 3;
  EXPECT_EQ(ExplainVerdict(Verdict::kPartlyReached, stats, db, flow),
            "blocked at step 2 of 2, a.c:12: step 1 reached in 3 executions, this in none");
  stats.blocked_step = 3;
  EXPECT_EQ(ExplainVerdict(Verdict::kPartlyReached, stats, db, flow),
            "blocked at the sink, a.c:20: step 2 reached in 3 executions, this in none");
  stats.blocked_step = 0;
  EXPECT_THAT(ExplainVerdict(Verdict::kPartlyReached, stats, db, flow),
              testing::HasSubstr("max_events_per_id"));
  for (const Verdict verdict : kVerdicts)
    EXPECT_NE(ExplainVerdict(verdict, stats, db, flow), "") << VerdictName(verdict);
}

}  // namespace
}  // namespace flowmon
