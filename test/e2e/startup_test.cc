// How a campaign begins and ends: wrong configurations, killed predecessors, second runs, and hosts
// that are not afl-fuzz.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class StartupTest : public testing::TestWithParam<std::string> {
 protected:
  void ExpectRefusal(const std::string& sentence) {
    const Ended ended = campaign_.Run();
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.output, HasSubstr("[-] flowmon: " + sentence));
    EXPECT_EQ(campaign_.RealRuns(), 0u);
    EXPECT_THAT(ListNames(campaign_.shared_memory.path()), IsEmpty());
  }

  Campaign campaign_{GetParam()};
};

TEST_P(StartupTest, AMissingDatabaseEndsAflFuzzBeforeItStarts) {
  campaign_.environment["FLOW_MONITOR_FLOWDB"] = "/nowhere/x.flowdb";
  ExpectRefusal("cannot read flow database /nowhere/x.flowdb: No such file or directory");
}

TEST_P(StartupTest, NoDatabaseEndsAflFuzzBeforeItStarts) {
  campaign_.environment["FLOW_MONITOR_FLOWDB"] = "";
  ExpectRefusal("no flow database: set FLOW_MONITOR_FLOWDB");
}

TEST_P(StartupTest, AWrongSettingEndsAflFuzzBeforeItStarts) {
  WriteFile(campaign_.directory / "c.yaml", "processing:\n  record: sometimes\n");
  campaign_.environment["FLOW_MONITOR_CONFIG"] = campaign_.directory / "c.yaml";
  ExpectRefusal((campaign_.directory / "c.yaml") + ":2: processing.record:");
}

TEST_P(StartupTest, AnOutputDirectoryInUseIsRefused) {
  Campaign other(GetParam());
  const std::string output = other.directory / "shared";
  other.environment["FLOW_MONITOR_OUTPUT"] = output;
  other.arguments = {"-s", "1", "-V", "4"};
  campaign_.environment["FLOW_MONITOR_OUTPUT"] = output;
  RunningProgram running(other.Command());
  for (int i = 0; i < 300 && !std::filesystem::exists(output + "/flowmon_stats"); ++i)
    usleep(10000);
  ExpectRefusal(output + " is in use by another instance");
  EXPECT_EQ(running.Wait().exit_code, 0);
}

TEST_P(StartupTest, WhatAKilledCampaignLeftIsRemovedByTheNext) {
  Campaign killed(GetParam());
  killed.target = "steps_persistent";
  killed.arguments = {"-s", "1", "-V", "30"};
  killed.environment["FLOW_SHM_DIR"] = campaign_.shared_memory.path();
  killed.environment["FLOW_MONITOR_SHARED_MEMORY_MODE"] = "files";
  {
    RunningProgram running(killed.Command());
    for (int i = 0; i < 500 && !std::filesystem::exists(killed.OutputPath("flowmon_stats")); ++i)
      usleep(10000);
    usleep(200000);
    KillWithDescendants(running);
  }
  EXPECT_THAT(ListNames(campaign_.shared_memory.path()), SizeIs(1));
  // Only when no writer is left may anybody clean up.
  const auto no_writer = [&] {
    for (const std::string& name :
         ListNames(campaign_.shared_memory / ListNames(campaign_.shared_memory.path()).at(0)))
      if (::kill(std::stoi(name.substr(name.rfind('_') + 1)), 0) == 0) return false;
    return true;
  };
  for (int i = 0; i < 3000 && !no_writer(); ++i) usleep(10000);
  campaign_.arguments = {"-s", "1", "-E", "100"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  EXPECT_THAT(ListNames(campaign_.shared_memory.path()), IsEmpty());
  EXPECT_THAT(ReadFile(campaign_.OutputPath("flowmon.log")),
              HasSubstr("left by a campaign that was killed"));
}

TEST_P(StartupTest, ASecondRunAppends) {
  campaign_.arguments = {"-s", "1", "-E", "200"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  const size_t first = campaign_.Records().size();
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  EXPECT_EQ(campaign_.Records().size(), campaign_.RealRuns());
  EXPECT_GT(campaign_.Records().size(), first);
}

// The names of the parameters stand for versions: what Debian brings changes, and a test on the
// wrong one would prove nothing.
TEST_P(StartupTest, TheHostIsTheVersionThatItsNameStandsFor) {
  campaign_.arguments = {"-s", "1", "-E", "20"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  const std::string version =
      ReadStats(campaign_.InstanceDirectory() + "/fuzzer_stats")["afl_version"];
  const std::map<std::string, std::string> expected = {
      {"debian12", "++4.04"}, {"trixie", "++4.21"}, {"sid", "++5."}};
  EXPECT_THAT(version, testing::StartsWith(expected.at(GetParam())));
}

TEST_P(StartupTest, NothingIsPrintedIntoTheScreen) {
  campaign_.arguments = {"-s", "1", "-E", "500"};
  const std::string output = campaign_.Run().output;
  const size_t first = output.find("flowmon: ");
  ASSERT_NE(first, std::string::npos);
  EXPECT_THAT(output.substr(first), HasSubstr("3 flows of "));
  EXPECT_EQ(output.find("flowmon: ", first + 1), std::string::npos);
}

TEST_P(StartupTest, ABareCampaignOnAnInstrumentedTargetLeavesNothing) {
  campaign_.mutator = "";
  campaign_.environment["FLOW_MONITOR_FLOWDB"] = "";
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  EXPECT_GT(campaign_.RealRuns(), 0u);
  EXPECT_THAT(ListNames(campaign_.shared_memory.path()), IsEmpty());
}

TEST_P(StartupTest, ShowmapWithThePluginLeavesNothing) {
  Program program = campaign_.Command();
  program.argv = {AflProgram(GetParam(), "afl-showmap"), "-i", campaign_.directory / "in", "-o",
                  campaign_.directory / "maps",          "--", TargetPath("steps_fork")};
  EXPECT_EQ(RunProgram(program).exit_code, 0);
  EXPECT_THAT(ListNames(campaign_.directory / "maps"), SizeIs(1));
  EXPECT_THAT(ListNames(campaign_.shared_memory.path()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Afl, StartupTest, testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
