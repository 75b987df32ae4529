// Both ways in which a target reports, from the plugin's hooks to the records, under a forkserver
// that the test drives: the same executions give the same records, and whatever a target does to
// itself costs neither the records nor the counts more than doc/SHM.md says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "test/plugin/hosted_target.h"
#include "test/plugin/loaded_plugin.h"
#include "test/plugin/process_files.h"
#include "test/support/files.h"
#include "test/support/normalized_record.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using nlohmann::json;
using test::HostedMode;
using test::HostedTarget;
using test::TempDir;
using testing::IsEmpty;
using testing::SizeIs;

// One campaign, with its own place in shared memory.
class Observed {
 public:
  explicit Observed(const std::string& lane) {
    setenv("FLOW_SHM_DIR", shared_memory_.path().c_str(), 1);
    setenv("FLOW_MONITOR_FLOWDB", FLOWMON_SOURCE_DIR "/test/targets/steps.flowdb", 1);
    setenv("FLOW_MONITOR_OUTPUT", output_.path().c_str(), 1);
    setenv("FLOW_MONITOR_SHARED_MEMORY_MODE", lane.c_str(), 1);
    data_ = plugin_.Init();
  }
  ~Observed() {
    End();
    for (const char* name : {"FLOW_SHM_DIR", "FLOW_MONITOR_FLOWDB", "FLOW_MONITOR_OUTPUT",
                             "FLOW_MONITOR_SHARED_MEMORY_MODE"})
      unsetenv(name);
  }

  template <typename Run>
  void Execution(Run run) {
    uint8_t buffer[] = "data";
    uint8_t* out = nullptr;
    plugin_.PostProcess(data_, buffer, 4, &out);
    run();
    plugin_.PostRun(data_);
  }
  void Execution(HostedTarget& target, const std::string& input) {
    Execution([&] { EXPECT_TRUE(target.Execute(input)) << input; });
  }
  // The statistics and all records are there then, and shared memory must be empty.
  void End() {
    if (!data_) return;
    plugin_.Deinit(data_);
    data_ = nullptr;
    EXPECT_THAT(test::ListNames(shared_memory_.path()), IsEmpty());
  }
  std::vector<std::string> NormalizedRecords() const {
    return test::NormalizedRecords(output_ / "executions.jsonl");
  }
  json Record(size_t index) const {
    return json::parse(test::ReadLines(output_ / "executions.jsonl").at(index))["execution"];
  }
  uint64_t Stat(const std::string& key) const {
    for (const std::string& line : test::ReadLines(output_ / "flowmon_stats"))
      if (line.rfind(key + " ", 0) == 0) return std::stoull(line.substr(line.find(" : ") + 3));
    return UINT64_MAX;
  }
  const TempDir& shared_memory() const { return shared_memory_; }

 private:
  TempDir shared_memory_ = TempDir::InSharedMemory();
  TempDir output_;
  test::Plugin plugin_;
  void* data_ = nullptr;
};

// Steps of steps.c without those whose outcome hangs on time or ends the loop.
std::vector<std::string> RandomInputs(size_t count) {
  std::mt19937 random(7);
  std::vector<std::string> inputs(count);
  for (std::string& input : inputs)
    for (size_t n = random() % 12; n > 0; --n) input += "s123kKohfux"[random() % 11];
  return inputs;
}

class EqualLanesTest : public testing::TestWithParam<HostedMode> {};

TEST_P(EqualLanesTest, TheSameExecutionsGiveTheSameRecords) {
  std::vector<std::string> by_lane[2];
  for (const int lane : {0, 1}) {
    Observed observed(lane == 0 ? "session" : "files");
    HostedTarget target("steps", GetParam());
    for (const std::string& input : RandomInputs(2000)) observed.Execution(target, input);
    observed.End();
    by_lane[lane] = observed.NormalizedRecords();
  }
  ASSERT_THAT(by_lane[0], SizeIs(2000));
  ASSERT_THAT(by_lane[1], SizeIs(2000));
  for (size_t i = 0; i < 2000; ++i) ASSERT_EQ(by_lane[0][i], by_lane[1][i]) << i;
}

INSTANTIATE_TEST_SUITE_P(Mode, EqualLanesTest,
                         testing::Values(HostedMode::kFork, HostedMode::kLoop),
                         [](const auto& parameter) {
                           return parameter.param == HostedMode::kFork ? "fork" : "loop";
                         });

// What hard_steps.c does in one execution, and what is seen of it.
struct HardCase {
  const char* name;
  const char* input;
  int sources, sinks, processes;
  bool session_only = false;  // by files, nothing is seen
};

std::ostream& operator<<(std::ostream& out, const HardCase& hard) { return out << hard.name; }

const bool kIsRoot = geteuid() == 0;

const HardCase kHardCases[] = {
    {"CrashInTheReportItself", "sv", 1, 0, 1},
    {"CrashInTheFirstReport", "v", 0, 0, 0},
    {"AllDescriptorsClosedBeforeTheFirstEvent", "qs1k", 1, 1, 1},
    {"AllDescriptorsClosedBetweenEvents", "sq1k", 1, 1, 1},
    {"AllDescriptorsClosedBeforeFork", "sqf1k", 1, 1, 2},
    {"Exec", "s1eks", 2, 1, 1},
    {"ExecBeforeTheFirstEvent", "es1k", 1, 1, 1},
    {"ExecTwice", "sesek", 2, 1, 1},
    {"ExecWithAllDescriptorsClosed", "s1qek", 1, 1, 1},
    {"ExecInAChild", "sfek", 1, 1, 2},
    {"ANewProgram", "s1pk", 1, 1, 2},
    {"ANewProgramWithAllDescriptorsClosed", "qspk", 1, 1, 2},
    {"ANewProgramAlone", "ps1k", 1, 1, 1},
    {"PrivilegesDroppedBeforeTheFirstEvent", "ns1k", 1, 1, 1, kIsRoot},
    {"PrivilegesDroppedBetweenEvents", "sn1k", 1, 1, 1},
    {"FileSystemLost", "rs1k", 1, 1, 1, true},
    {"ResourcesLimited", "ls1k", 1, 1, 1, true},
    {"ResourcesLimitedBetweenEvents", "sl1k", 1, 1, 1},
    {"SystemCallsForbidden", "zs1k", 1, 1, 1, true},
    {"Threads", "1t", 480, 480, 1},
};

class HardTest : public testing::TestWithParam<std::tuple<HardCase, const char*>> {};

TEST_P(HardTest, IsObserved) {
  const auto& [hard, lane] = GetParam();
  Observed observed(lane);
  HostedTarget target("hard_steps", HostedMode::kFork);
  for (int round = 0; round < 2; ++round) {
    observed.Execution(target, "1");
    observed.Execution(target, hard.input);
  }
  observed.Execution(target, "s1k");
  observed.End();
  const bool is_seen = !hard.session_only || lane == std::string("session");
  for (const size_t i : {1, 3}) {
    const json record = observed.Record(i);
    EXPECT_EQ(record["num_sources"], is_seen ? hard.sources : 0) << record;
    EXPECT_EQ(record["num_sinks"], is_seen ? hard.sinks : 0) << record;
    EXPECT_EQ(record["pid"] == 0, !is_seen || hard.processes == 0);
    EXPECT_EQ(record.contains("pids") ? record["pids"].size() : 1,
              static_cast<size_t>(std::max(hard.processes, 1)));
    EXPECT_FALSE(record.contains("dropped_events"));
  }
  EXPECT_EQ(observed.Record(4)["total_events"], 2);
  EXPECT_EQ(observed.Stat("executions_done"), 5u);
  EXPECT_EQ(observed.Stat("events_produced"),
            observed.Stat("events_recorded") + observed.Stat("events_capped"));
}

INSTANTIATE_TEST_SUITE_P(Lane, HardTest,
                         testing::Combine(testing::ValuesIn(kHardCases),
                                          testing::Values("session", "files")),
                         [](const auto& parameter) {
                           return std::string(std::get<0>(parameter.param).name) + "_" +
                                  std::get<1>(parameter.param);
                         });

class LaneTest : public testing::TestWithParam<const char*> {};

// Which of their events comes first is the scheduler's choice; how many there are is not.
TEST_P(LaneTest, ThreadsInALoopReportIntoTheirOwnExecution) {
  Observed observed(GetParam());
  HostedTarget target("hard_steps", HostedMode::kLoop);
  for (int i = 0; i < 20; ++i) observed.Execution(target, i % 2 == 0 ? "1t" : "sk");
  observed.End();
  for (size_t i = 0; i < 20; ++i)
    EXPECT_EQ(observed.Record(i)["total_events"], i % 2 == 0 ? 960 : 2);
  EXPECT_EQ(observed.Stat("events_produced"),
            observed.Stat("events_recorded") + observed.Stat("events_capped"));
}

// A late process, of the kind that a target starts and forgets. It must not reach the execution in
// which it happens to report.
TEST_P(LaneTest, AProgramThatWasStartedByAnEarlierExecutionIsCountedAsLate) {
  Observed observed(GetParam());
  HostedTarget target("hard_steps", HostedMode::kLoop);
  observed.Execution(target, "1");
  observed.Execution(target, "Ps1k");  // the program waits to be let go
  observed.Execution(target, "1");
  observed.Execution(target, "gs");  // lets it go, and waits for its end
  observed.End();
  EXPECT_EQ(observed.Record(1)["total_events"], 0);
  EXPECT_EQ(observed.Record(3)["num_sources"], 1);
  EXPECT_EQ(observed.Record(3)["num_sinks"], 0) << observed.Record(3);
  EXPECT_EQ(observed.Stat("events_late"), 2u);
  EXPECT_EQ(observed.Stat("events_produced"), 3u);
}

INSTANTIATE_TEST_SUITE_P(Lane, LaneTest, testing::Values("session", "files"),
                         [](const auto& parameter) { return std::string(parameter.param); });

// In a session, a program that cannot map the region writes files, into a directory that is not
// there before.
class FallbackTest : public testing::Test {
 protected:
  // FLOWMON_SESSION means nothing to it.
  static test::Ended RunElsewhere(std::map<std::string, std::string> environment = {}) {
    environment["FLOWMON_SESSION"] = "9:9";
    return test::RunProgram(
        {.argv = {FLOWMON_BINARY_DIR "/bin/steps"}, .environment = environment, .input = "s1k"});
  }
  Observed observed_{"session"};
};

TEST_F(FallbackTest, ATargetThatNeverMapsTheRegionIsRecorded) {
  for (int i = 0; i < 3; ++i) observed_.Execution([] { RunElsewhere(); });
  EXPECT_THAT(test::ListNames(observed_.shared_memory().path()), SizeIs(1));
  observed_.End();
  for (const size_t i : {0, 1, 2}) EXPECT_EQ(observed_.Record(i)["total_events"], 2);
}

TEST_F(FallbackTest, AProgramOfATargetThatHasMappedItIsRecordedOrLateAndNeverLost) {
  HostedTarget target("steps", HostedMode::kFork);
  observed_.Execution(target, "s1k");
  observed_.Execution([] { RunElsewhere(); });
  observed_.Execution(target, "x");
  observed_.End();
  EXPECT_EQ(observed_.Record(2)["total_events"], 0);
  EXPECT_EQ(observed_.Stat("events_produced"), 4u);
  EXPECT_EQ(observed_.Stat("events_recorded") + observed_.Stat("events_late"), 4u);
}

TEST_F(FallbackTest, OnceThereAreFilesEachExecutionHasItsOwn) {
  RunElsewhere();
  HostedTarget target("steps", HostedMode::kFork);
  observed_.Execution(target, "s1k");
  observed_.Execution([] { RunElsewhere(); });
  observed_.End();
  EXPECT_EQ(observed_.Record(0)["total_events"], 2);
  EXPECT_EQ(observed_.Record(1)["total_events"], 2);
  EXPECT_EQ(observed_.Stat("events_late"), 2u);
}

TEST_F(FallbackTest, NoDirectoryIsMadeForAPluginThatHasGone) {
  EXPECT_EQ(RunElsewhere({{"FLOWMON_PLUGIN", std::to_string(test::DeadPid())}}).exit_code, 0);
  EXPECT_THAT(test::ListNames(observed_.shared_memory().path()), IsEmpty());
}

}  // namespace
}  // namespace flowmon
