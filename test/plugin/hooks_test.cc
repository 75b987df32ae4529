// Drives libflowmon.so through its exported functions as afl-fuzz does, without any afl-fuzz: init,
// then post_process, a run of a real instrumented program and post_run, then deinit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "plugin/record_reader.h"
#include "test/plugin/loaded_plugin.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using nlohmann::json;
using test::TempDir;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Threads would bring memory of their own, which malloc() falls back to where there is no other.
const int kOneArena = mallopt(M_ARENA_MAX, 1);

// By both ways in which a target reports.
class HooksTest : public testing::TestWithParam<std::string> {
 protected:
  HooksTest() {
    setenv("FLOW_SHM_DIR", shared_memory_.path().c_str(), 1);
    setenv("FLOW_MONITOR_FLOWDB", FLOWMON_SOURCE_DIR "/test/targets/steps.flowdb", 1);
    setenv("FLOW_MONITOR_OUTPUT", output_.path().c_str(), 1);
    setenv("FLOW_MONITOR_OUTPUT_FLUSH_EACH", "1", 1);
    setenv("FLOW_MONITOR_SHARED_MEMORY_MODE", GetParam().c_str(), 1);
  }
  ~HooksTest() override {
    for (const char* name : {"FLOW_SHM_DIR", "FLOW_MONITOR_FLOWDB", "FLOW_MONITOR_OUTPUT",
                             "FLOW_MONITOR_OUTPUT_FLUSH_EACH", "FLOW_MONITOR_SHARED_MEMORY_MODE",
                             "FLOW_SHM", "FLOW_MAX_EVENTS", "DF_COVERAGE_MAP_SIZE"})
      unsetenv(name);
  }

  // post_process, the target, post_run.
  void Execute(const std::string& input) {
    BeforeRun();
    RunTarget(input);
    plugin_.PostRun(data_);
  }
  void BeforeRun() {
    uint8_t buffer[] = "data";
    uint8_t* out = nullptr;
    EXPECT_EQ(plugin_.PostProcess(data_, buffer, 4, &out), 4u);
    EXPECT_EQ(out, buffer);  // the same memory: no copy
  }
  static test::Ended RunTarget(const std::string& input) {
    return test::RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/steps"}, .input = input});
  }
  // Of a campaign under way: a session has no name in shared memory.
  static size_t NumDirectories() { return GetParam() == "files" ? 1 : 0; }
  std::vector<json> Records() {
    std::vector<json> records;
    const auto reader = RecordReader::Open(output_.path());
    EXPECT_TRUE(reader.ok()) << reader.status();
    while (const auto line = (*reader)->Next()) records.push_back(json::parse(*line));
    EXPECT_THAT((*reader)->problems(), IsEmpty());
    return records;
  }
  std::string Stat(const std::string& key) {
    for (const std::string& line : test::ReadLines(output_ / "flowmon_stats"))
      if (line.rfind(key + " ", 0) == 0) return line.substr(line.find(" : ") + 3);
    return "missing";
  }

  TempDir shared_memory_ = TempDir::InSharedMemory();
  TempDir output_;
  test::Plugin plugin_;
  void* data_ = nullptr;
};

TEST_P(HooksTest, OneRecordForEachRun) {
  data_ = plugin_.Init();
  for (const char* input : {"s1k", "x", "s123k", ""}) Execute(input);
  plugin_.Deinit(data_);
  const std::vector<json> records = Records();
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_EQ(records[0]["execution"]["completions"], json({{"1", 1}}));
  EXPECT_EQ(records[1]["execution"]["total_events"], 0);
  EXPECT_EQ(records[1]["execution"]["pid"], 0);
  EXPECT_EQ(records[2]["execution"]["completions"], json({{"1", 1}, {"2", 1}}));
  EXPECT_EQ(records[2]["coverage"], json({{"1", 1}, {"2", 1}, {"3", 1}}));
  EXPECT_EQ(Stat("executions_done"), "4");
  EXPECT_THAT(test::ListNames(shared_memory_.path()), IsEmpty());
}

TEST_P(HooksTest, RecordsAreReadableWhileTheCampaignRuns) {
  data_ = plugin_.Init();
  Execute("s1k");
  EXPECT_THAT(Records(), SizeIs(1));
  EXPECT_EQ(Stat("executions_done"), "1");
  plugin_.Deinit(data_);
}

TEST_P(HooksTest, NothingIsLeftAfterEachRun) {
  data_ = plugin_.Init();
  Execute("s1k");
  const std::vector<std::string> directories = test::ListNames(shared_memory_.path());
  ASSERT_THAT(directories, SizeIs(NumDirectories()));
  for (const std::string& name : directories)
    EXPECT_THAT(test::ListNames(shared_memory_ / name), IsEmpty());
  plugin_.Deinit(data_);
}

TEST_P(HooksTest, PostProcessWithoutARunIsNoExecution) {
  data_ = plugin_.Init();
  Execute("s1k");
  BeforeRun();  // AFL++ writes back a trimmed entry
  Execute("x");
  plugin_.Deinit(data_);
  EXPECT_THAT(Records(), SizeIs(2));
}

TEST_P(HooksTest, WithoutPostRunEachRunIsReadAtTheNextPostProcessAndTheLastAtDeinit) {
  data_ = plugin_.Init();
  for (const char* input : {"s1k", "x", "s123k"}) {
    BeforeRun();
    RunTarget(input);
  }
  EXPECT_THAT(Records(), SizeIs(2));
  plugin_.Deinit(data_);
  const std::vector<json> records = Records();
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0]["execution"]["completions"], json({{"1", 1}}));
  EXPECT_EQ(records[1]["execution"]["total_events"], 0);
  EXPECT_EQ(records[2]["execution"]["completions"], json({{"1", 1}, {"2", 1}}));
}

TEST_P(HooksTest, WithoutPostRunAWriteBackIsNoExecution) {
  data_ = plugin_.Init();
  BeforeRun();
  RunTarget("x");  // reports nothing, and is an execution
  BeforeRun();     // of a trimmed entry: no run follows
  BeforeRun();
  RunTarget("s1k");
  BeforeRun();  // again
  plugin_.Deinit(data_);
  EXPECT_THAT(Records(), SizeIs(2));
}

TEST_P(HooksTest, WhatTheDatabaseDoesNotKnowIsRecordedAndCounted) {
  data_ = plugin_.Init();
  Execute("us");
  plugin_.Deinit(data_);
  EXPECT_EQ(Records().at(0)["execution"]["num_sources"], 2);
  EXPECT_EQ(Stat("events_unknown_id"), "1");
  EXPECT_EQ(Stat("hits_uncounted"), "1");
}

TEST_P(HooksTest, DroppedEventsAreInTheRecordAndInTheStatistics) {
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS", "100", 1);
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS_PER_ID", "0", 1);
  data_ = plugin_.Init();
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS");
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS_PER_ID");
  Execute("o");
  plugin_.Deinit(data_);
  EXPECT_EQ(Records().at(0)["execution"]["total_events"], 100);
  EXPECT_EQ(Records().at(0)["execution"]["dropped_events"], 900);
  EXPECT_EQ(Stat("events_produced"), "1000");
  EXPECT_EQ(Stat("events_recorded"), "100");
  EXPECT_EQ(Stat("events_overflowed"), "900");
}

TEST_P(HooksTest, EventsBeyondTheLimitForOneIdAreInTheRecordAndInTheStatistics) {
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS", "20", 1);
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS_PER_ID", "15", 1);
  data_ = plugin_.Init();
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS");
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS_PER_ID");
  Execute("o" + std::string(18, 'k') + "K");  // 15 sources, 5 sinks, and 11 that find no room
  Execute("sk");
  plugin_.Deinit(data_);
  const json first = Records().at(0)["execution"];
  EXPECT_EQ(first["num_sources"], 1000);
  EXPECT_EQ(first["num_sinks"], 8);  // 5 stored, 3 beyond the limit
  EXPECT_EQ(first["total_events"], 1008);
  EXPECT_EQ(first["capped_events"], 988);
  EXPECT_EQ(first["dropped_events"], 11);
  EXPECT_EQ(Records().at(1)["execution"]["total_events"], 2);
  EXPECT_FALSE(Records().at(1)["execution"].contains("capped_events"));
  EXPECT_EQ(Stat("events_produced"), "1021");
  EXPECT_EQ(Stat("events_recorded"), "22");
  EXPECT_EQ(Stat("events_capped"), "988");
  EXPECT_EQ(Stat("events_dropped"), "999");
}

TEST_P(HooksTest, AnEventInWhoseMiddleItsProcessWasKilledIsCounted) {
  data_ = plugin_.Init();
  BeforeRun();
  EXPECT_EQ(test::RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/torn_event"}}).signal, SIGKILL);
  plugin_.PostRun(data_);
  Execute("s1k");
  plugin_.Deinit(data_);
  EXPECT_EQ(Records().at(0)["execution"]["total_events"], 1);
  EXPECT_EQ(Records().at(0)["execution"]["dropped_events"], 1);
  EXPECT_EQ(Records().at(0)["coverage"], json({{"1", 1}}));
  EXPECT_EQ(Records().at(1)["execution"]["total_events"], 2);
  EXPECT_EQ(Stat("events_produced"), "4");
  EXPECT_EQ(Stat("events_torn"), "1");
}

TEST_P(HooksTest, AForkedCopyOfTheHostEndsNothing) {
  data_ = plugin_.Init();
  const pid_t child = fork();
  if (child == 0) {
    plugin_.Deinit(data_);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_THAT(test::ListNames(shared_memory_.path()), SizeIs(NumDirectories()));
  Execute("s1k");
  plugin_.Deinit(data_);
  EXPECT_THAT(Records(), SizeIs(1));
}

TEST_P(HooksTest, WithoutDeinitTheEndOfTheProcessCleansUp) {
  const pid_t child = fork();
  if (child == 0) {
    data_ = plugin_.Init();
    Execute("s1k");
    exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_THAT(Records(), SizeIs(1));
  EXPECT_THAT(test::ListNames(shared_memory_.path()), IsEmpty());
}

TEST_P(HooksTest, ASecondCampaignInOneProcessWorks) {
  for (int i = 1; i <= 2; ++i) {
    data_ = plugin_.Init();
    Execute("s1k");
    plugin_.Deinit(data_);
    EXPECT_THAT(Records(), SizeIs(i));
  }
}

TEST_P(HooksTest, AFullDiskCostsLinesAndNothingElse) {
  data_ = plugin_.Init();
  Execute("s1k");
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_IGN);
  const struct rlimit tight = {test::ReadFile(output_ / "executions.jsonl").size() + 10,
                               limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  BeforeRun();
  plugin_.PostRun(data_);
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_THAT(Records(), SizeIs(1));
  Execute("x");
  plugin_.Deinit(data_);
  EXPECT_THAT(Records(), SizeIs(3));
  EXPECT_THAT(test::ReadFile(output_ / "flowmon.log"), HasSubstr("records are written again"));
}

// Sanitizers end the program where memory is short.
#ifndef FLOWMON_IS_SANITIZED
TEST_P(HooksTest, WithoutMemoryAnExecutionIsLostAndTheCampaignGoesOn) {
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS", "1000000", 1);
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS_PER_ID", "0", 1);
  data_ = plugin_.Init();
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS");
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAX_EVENTS_PER_ID");
  BeforeRun();
  RunTarget(std::string(900, 'o'));  // 900,000 events
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  const struct rlimit tight = {1, limit.rlim_max};  // what is mapped stays; nothing can be added
  setrlimit(RLIMIT_AS, &tight);
  plugin_.PostRun(data_);
  setrlimit(RLIMIT_AS, &limit);
  Execute("s1k");
  plugin_.Deinit(data_);
  EXPECT_THAT(Records(), testing::Not(IsEmpty()));  // all whole: Records() parses them
  EXPECT_EQ(Stat("executions_failed"), "1");
  EXPECT_THAT(test::ReadFile(output_ / "flowmon.log"),
              HasSubstr("an execution could not be taken in"));
}
#endif

TEST_P(HooksTest, AMapThatIsTooSmallForTheDatabaseIsRefused) {
  setenv("FLOW_MONITOR_SHARED_MEMORY_MAP_SIZE", "3", 1);
  EXPECT_EXIT(plugin_.Init(), testing::ExitedWithCode(1), "needs 4 for its largest intermediate");
  unsetenv("FLOW_MONITOR_SHARED_MEMORY_MAP_SIZE");
}

INSTANTIATE_TEST_SUITE_P(Lane, HooksTest, testing::Values("session", "files"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace flowmon
