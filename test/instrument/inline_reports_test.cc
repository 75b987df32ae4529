// Reports in hot loops: what is inlined counts what the runtime would have counted, in both lanes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "plugin/session_lane.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Argument 1 is what is done, in order: w 1000 times, t the same in two threads, f in a child.
constexpr char kProgram[] = R"(#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
int values[8];
static void *Work(void *unused) {
  for (int i = 0; i < 1000; i++) {
    values[i & 7] = i * i;
  }
  return unused;
}
int main(int argc, char **argv) {
  for (const char *step = argc > 1 ? argv[1] : ""; *step; step++) {
    if (*step == 'w') Work(NULL);
    if (*step == 't') {
      pthread_t threads[2];
      for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, Work, NULL);
      for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    }
    if (*step == 'f') {
      pid_t child = fork();
      if (child == 0) Work(NULL);
      if (child == 0) _exit(0);
      Work(NULL);
      waitpid(child, NULL, 0);
    }
  }
  return 0;
}
)";
constexpr char kFlowDb[] = "SOURCE,1,a.c,8,21,25\nSINK,2,a.c,8,5,25\nFLOW,1,1,2,[],test\n";
constexpr uint32_t kLimit = 10;

class InlineReportsTest
    : public ::testing::TestWithParam<std::tuple<const char*, const char*, const char*>> {
 protected:
  InlineReportsTest() : workshop_(std::get<0>(GetParam())) {
    workshop_.Write("a.c", kProgram);
    workshop_.Write("x.flowdb", kFlowDb);
    workshop_.set_database(workshop_.Path("x.flowdb"));
    const Ended compiled =
        workshop_.FlowCc({std::get<1>(GetParam()), "a.c", "-pthread", "-o", "program"},
                         {{"FLOW_INLINE_HITS", std::get<2>(GetParam())}});
    EXPECT_EQ(compiled.exit_code, 0) << compiled.output;
  }

  Execution RunInSession(const std::string& steps) {
    const auto lane = *SessionLane::Create(64, 1, {kLimit, 3});
    lane->BeginRun();
    EXPECT_EQ(RunProgram({.argv = {workshop_.Path("program"), steps},
                          .environment = {{"FLOW_SHM", ""},
                                          {FLOW_PLUGIN_ENV, std::to_string(getpid())},
                                          {FLOW_SESSION_ENV, lane->setting()}}})
                  .exit_code,
              0);
    Execution execution;
    lane->Collect(execution);
    execution.Normalize();
    return execution;
  }

  Workshop workshop_;
};

TEST_P(InlineReportsTest, CountsExactly) {
  const struct {
    const char* steps;
    uint64_t reports;
  } cases[] = {{"w", 1000}, {"wt", 3000}, {"ww", 2000}, {"wf", 3000}, {"ftwf", 7000}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.steps);
    const Execution execution = RunInSession(c.steps);
    EXPECT_EQ(execution.events.size(), 2 * kLimit);
    EXPECT_EQ(execution.num_sources, c.reports);
    EXPECT_EQ(execution.num_sinks, c.reports);
    EXPECT_EQ(execution.events_produced, 2 * c.reports);
    EXPECT_EQ(execution.events_late, 0u);
  }
}

TEST_P(InlineReportsTest, CountsTheSameIntoFiles) {
  const Trace trace = workshop_.RunTraced("program", "", {"wtw"});
  EXPECT_EQ(trace.events.size(), 2 * FLOW_DEFAULT_MAX_EVENTS_PER_ID);
  EXPECT_EQ(trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SOURCE, 1)), 4000u);
  EXPECT_EQ(trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SINK, 2)), 4000u);
}

TEST_P(InlineReportsTest, IsInlinedUnlessItMustNot) {
  ASSERT_EQ(workshop_
                .FlowCc({std::get<1>(GetParam()), "-c", "a.c"},
                        {{"FLOW_INLINE_HITS", std::get<2>(GetParam())}})
                .exit_code,
            0);
  const std::string object = ReadFile(workshop_.Path("a.o"));
  EXPECT_THAT(object, HasSubstr("flow_report_sink"));
  if (std::string(std::get<2>(GetParam())) == "0")
    EXPECT_THAT(object, Not(HasSubstr("flow_tallies")));
  else
    EXPECT_THAT(object, HasSubstr("flow_tallies"));
}

// Functions of very many reports: those that are not inlined count the same.
TEST(InlineReportsLimitTest, CountsExactlyBeyondIt) {
  Workshop workshop;
  std::string program =
      "int t[2000];\nint main(int n, char **v) {\n  for (int i = 0; i < 30; i++) {\n";
  std::string db = "SOURCE,1,a.c,2,5,8\n";
  constexpr uint32_t kSinks = 600;
  for (uint32_t i = 0; i < kSinks; ++i) {
    absl::StrAppend(&program, "    t[n + ", i, "] += i;\n");
    absl::StrAppend(&db, "SINK,", i, ",a.c,", 4 + i, ",5,5\n");
  }
  workshop.Write("a.c", program + "  }\n  return 0;\n}\n");
  workshop.Write("x.flowdb", db + "FLOW,1,1,1,[],test\n");
  workshop.set_database(workshop.Path("x.flowdb"));
  const Ended compiled = workshop.FlowCc({"-O1", "a.c", "-o", "program"});
  ASSERT_EQ(compiled.exit_code, 0) << compiled.output;
  const Trace trace = workshop.RunTraced("program", "");
  for (uint32_t i = 0; i < kSinks; ++i) {
    EXPECT_EQ(trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SINK, i)), 30u) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, InlineReportsTest,
    ::testing::Combine(::testing::Values("clang-14", "clang-19", "afl-clang-fast"),
                       ::testing::Values("-O0", "-O2"), ::testing::Values("", "0")));

}  // namespace
}  // namespace flowmon::test
