// A campaign that sees nothing, or the wrong thing, says why: in its log, and in flowmon_stats.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SilenceTest : public ::testing::TestWithParam<std::string> {
 protected:
  SilenceTest() : campaign_(GetParam()) { campaign_.arguments = {"-s", "1", "-E", "1500"}; }

  void Run(const Program& program) {
    const Ended ended = RunProgram(program);
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
    stats_ = campaign_.FlowmonStats();
    log_ = ReadFile(campaign_.OutputPath("flowmon.log"));
  }
  void Run() { Run(campaign_.Command()); }
  // That 1,000 executions have brought no event.
  void ExpectSilence(const std::string& value, const std::string& sentence) {
    EXPECT_EQ(stats_["silence"], value);
    EXPECT_THAT(log_, HasSubstr(sentence));
    const std::regex once("executions have brought no event");
    EXPECT_EQ(std::distance(std::sregex_iterator(log_.begin(), log_.end(), once), {}), 1);
    EXPECT_THAT(log_, HasSubstr("run `flowmon doctor -- <target>`"));
  }

  Campaign campaign_;
  Stats stats_;
  std::string log_;
};

TEST_P(SilenceTest, NotInstrumented) {
  campaign_.target = "steps_bare";
  Run();
  ExpectSilence("not attached", "no process of the target has attached");
}

TEST_P(SilenceTest, EnvironmentNotPassedOn) {
  campaign_.environment["AFL_SKIP_BIN_CHECK"] = "1";
  campaign_.environment["AFL_MAP_SIZE"] = "65536";
  Program program = campaign_.Command();
  const std::vector<std::string> wrapper = {"/usr/bin/env", "-u", "FLOWMON_SESSION", "-u",
                                            "FLOWMON_PLUGIN"};
  program.argv.insert(program.argv.end() - 1, wrapper.begin(), wrapper.end());
  Run(program);
  ExpectSilence("not attached", "or a wrapper clears its environment");
}

TEST_P(SilenceTest, NothingReached) {
  campaign_.target = "quiet";
  Run();
  ExpectSilence("nothing reached", "the target has attached, but no source or sink");
}

TEST_P(SilenceTest, SwitchedOff) {
  campaign_.environment["FLOW_SHM"] = "off";
  Run();
  ExpectSilence("FLOW_SHM=off", "FLOW_SHM=off is set: unset it");
}

TEST_P(SilenceTest, AnotherDatabase) {
  for (const char* mode : {"session", "files"}) {
    SCOPED_TRACE(mode);
    Campaign campaign(GetParam());
    campaign.target = "matrix_fork";
    campaign.environment["FLOW_MONITOR_SHARED_MEMORY_MODE"] = mode;
    ASSERT_EQ(campaign.Run().exit_code, 0);
    EXPECT_EQ(campaign.FlowmonStats()["flowdb_mismatch"], "1");
    EXPECT_THAT(ReadFile(campaign.OutputPath("flowmon.log")),
                HasSubstr("was compiled with another database than the one that is loaded"));
  }
}

TEST_P(SilenceTest, ACampaignWithEventsAndItsOwnDatabaseSaysNothing) {
  campaign_.target = "matrix_fork";
  campaign_.environment["FLOW_MONITOR_FLOWDB"] =
      FLOWMON_SOURCE_DIR "/test/instrument/programs/matrix.flowdb";
  Run();
  EXPECT_EQ(stats_["flowdb_mismatch"], "0");
  EXPECT_EQ(stats_["silence"], "none");
  EXPECT_THAT(log_, Not(HasSubstr("warning")));
}

INSTANTIATE_TEST_SUITE_P(Afl, SilenceTest, ::testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
