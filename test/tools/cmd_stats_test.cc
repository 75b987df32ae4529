// `flowmon stats` and what it reads, as users run it: on directories laid out as afl-fuzz leaves
// them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using nlohmann::json;
using test::Ended;
using test::TempDir;
using testing::AllOf;
using testing::HasSubstr;

constexpr char kDb[] =
    "SOURCE,1,a.c,10,0,0\nSINK,1,b.c,20,0,0\nINTERMEDIATE,1,a.c,11,0,0\nINTERMEDIATE,2,a.c,12,0,0\n"
    "FLOW,7,1,1,[1],first, with a comma\nFLOW,8,1,1,[1,2],second\n";

class CmdStatsTest : public testing::Test {
 protected:
  CmdStatsTest() { test::WriteFile(dir_ / "x.flowdb", kDb); }

  void WriteInstance(const std::string& instance, const std::string& flows) {
    const std::string directory = dir_ / ("out/" + instance + "/flowmon");
    std::filesystem::create_directories(directory);
    test::WriteFile(directory + "/flowmon_stats",
                    "run_time              : 250\nflowdb                : " + (dir_ / "x.flowdb") +
                        "\nflowdb_hash           : 0x0000000000000001\n"
                        "executions_done       : 1234567\nevents_produced       : 5000\n"
                        "flows_total           : 2\nflows_completed       : 1\n");
    test::WriteFile(directory + "/flow_stats.jsonl", flows);
  }
  Ended Stats(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {FLOWMON_BINARY_DIR "/bin/flowmon", "stats"});
    return test::RunProgram({.argv = arguments});
  }

  static constexpr char kComplete[] =
      R"({"flow_id":7,"state":"complete","steps_reached":1,"source_executions":9,"sink_executions":8,)"
      R"("completions":12273,"executions":5,"first_execution":13,"first_ms":12,"sink_values":42,)"
      R"("sink_values_exact":false,"min_ns":34,"avg_ns":14700.5,"max_ns":3800000})"
      "\n";
  TempDir dir_;
};

TEST_F(CmdStatsTest, SaysThatSomethingIsWrong) {
  WriteInstance("default", "");
  const std::string path = dir_ / "out/default/flowmon/flowmon_stats";
  const std::string stats = test::ReadFile(path);
  test::WriteFile(path, stats + "flowdb_mismatch : 0\nsilence : none\n");
  EXPECT_THAT(Stats({dir_ / "out"}).output,
              testing::Not(testing::AnyOf(HasSubstr("another database"), HasSubstr("No event"))));
  test::WriteFile(path, stats + "flowdb_mismatch : 1\nsilence : not attached\n");
  EXPECT_THAT(Stats({dir_ / "out"}).output,
              AllOf(HasSubstr("The target was compiled with another database"),
                    HasSubstr("No event (not attached): `flowmon doctor` says more.")));
}

TEST_F(CmdStatsTest, ShowsEveryFlowOfTheDatabase) {
  WriteInstance("default", kComplete);
  const Ended ended = Stats({dir_ / "out"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output, HasSubstr("1 of 2 flows complete, 1,234,567 executions in 4 min 10 s "
                                      "(4,938 per second)"));
  EXPECT_THAT(ended.output,
              HasSubstr("   7  a.c:10  b.c:20  complete       1/1       12,273   0.012 s         "
                        "13          42+  34 ns / 14.7 us / 3.8 ms  first, with a comma"));
  EXPECT_THAT(ended.output, HasSubstr("   8  a.c:10  b.c:20  not reached    0/2            -"));
}

TEST_F(CmdStatsTest, LeavesOutTheDirectoryThatAllPathsShare) {
  test::WriteFile(dir_ / "x.flowdb",
                  "SOURCE,1,/home/me/one/lib.c,10,0,0\nSINK,1,/home/me/one/lib.c,20,0,0\n"
                  "SINK,2,/home/me/only.c,30,0,0\nFLOW,7,1,1,[],near\nFLOW,8,1,2,[],far\n");
  WriteInstance("default", "");
  EXPECT_THAT(Stats({dir_ / "out"}).output,
              AllOf(HasSubstr("\n\nSources and sinks are in /home/me/\n\nflow "),
                    HasSubstr("   7  one/lib.c:10  one/lib.c:20  "),
                    HasSubstr("   8  one/lib.c:10  only.c:30     ")));
  const std::string output = Stats({"--json", dir_ / "out"}).output;
  EXPECT_THAT(output, HasSubstr("\"/home/me/only.c:30\""));
}

TEST_F(CmdStatsTest, ShowsWhatTheRecordsTake) {
  WriteInstance("default", kComplete);
  EXPECT_THAT(Stats({dir_ / "out"}).output, HasSubstr("records (0 B in 0 files)\n"));
  const std::string directory = dir_ / "out/default/flowmon";
  test::WriteFile(directory + "/executions.000001.jsonl.zst", std::string(500, 'x'));
  test::WriteFile(directory + "/executions.000002.jsonl", std::string(3000, 'x'));
  test::WriteFile(directory + "/executions.jsonl", std::string(36, 'x'));
  const std::string stats_path = directory + "/flowmon_stats";
  test::WriteFile(stats_path, test::ReadFile(stats_path) +
                                  "record_limit          : output.min_free_mib\n"
                                  "executions_over_limit : 1234\n");
  EXPECT_THAT(
      Stats({dir_ / "out"}).output,
      HasSubstr("records (3.5 KiB in 3 files)\noutput.min_free_mib is reached: only what is "
                "new is recorded, 1,234 executions were left out\n\n"));
  const std::string output = Stats({"--json", dir_ / "out"}).output;  // with a hint before it
  const json stats = json::parse(output.substr(output.find('[')));
  EXPECT_EQ(stats[0]["record_files"], 3);
  EXPECT_EQ(stats[0]["record_bytes"], 3536);
}

TEST_F(CmdStatsTest, FindsInstancesFromAnyOfTheirDirectories) {
  WriteInstance("main", kComplete);
  WriteInstance("second", "");
  for (const char* path : {"out/main", "out/main/flowmon"})
    EXPECT_THAT(Stats({dir_ / path}).output, HasSubstr("/out/main/flowmon\n"));
  EXPECT_THAT(Stats({dir_ / "out"}).output,
              AllOf(HasSubstr("/out/main/flowmon\n"), HasSubstr("/out/second/flowmon\n")));
}

TEST_F(CmdStatsTest, JsonHoldsTheSame) {
  WriteInstance("default", kComplete);
  test::WriteFile(dir_ / "same.flowdb", kDb);
  const Ended ended = Stats({"--json", "--flowdb", dir_ / "same.flowdb", dir_ / "out"});
  EXPECT_EQ(ended.exit_code, 0);
  const json stats = json::parse(ended.output.substr(ended.output.find('[')));
  ASSERT_EQ(stats.size(), 1u);
  EXPECT_EQ(stats[0]["totals"]["executions_done"], "1234567");
  ASSERT_EQ(stats[0]["flows"].size(), 2u);
  EXPECT_EQ(stats[0]["flows"][0]["completions"], 12273);
  EXPECT_EQ(stats[0]["flows"][0]["source"], "a.c:10");
  EXPECT_EQ(stats[0]["flows"][0]["sink_values_exact"], false);
  EXPECT_EQ(stats[0]["flows"][1]["state"], "not reached");
}

TEST_F(CmdStatsTest, ADatabaseThatChangedIsSaid) {
  WriteInstance("default", kComplete);
  EXPECT_THAT(Stats({dir_ / "out"}).output, HasSubstr("has changed since the campaign began"));
}

TEST_F(CmdStatsTest, WithoutTheDatabaseWhatIsKnownIsShown) {
  WriteInstance("default", kComplete);
  std::filesystem::remove(dir_ / "x.flowdb");
  const Ended ended = Stats({dir_ / "out"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output, HasSubstr("cannot read"));
  EXPECT_THAT(ended.output, HasSubstr("   7  ?       ?     complete      1       12,273"));
}

TEST_F(CmdStatsTest, ADamagedLineIsNamed) {
  WriteInstance("default", std::string(kComplete) + "{\"flow_id\":8,\n");
  const Ended ended = Stats({dir_ / "out"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output, HasSubstr("flow_stats.jsonl:2: not a line of flowmon's statistics"));
}

TEST_F(CmdStatsTest, ADirectoryWithoutACampaignIsRefusedWithTheRemedy) {
  const Ended ended = Stats({dir_.path()});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output, HasSubstr("give the output directory of an afl-fuzz that ran with"));
  EXPECT_EQ(Stats({"/nowhere"}).exit_code, 2);
}

}  // namespace
}  // namespace flowmon
