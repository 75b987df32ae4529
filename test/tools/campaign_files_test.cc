#include "tools/campaign_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::HasSubstr;

class CampaignFilesTest : public testing::Test {
 protected:
  absl::StatusOr<CampaignStats> Read(const std::string& flows) {
    test::WriteFile(dir_ / "flowmon_stats", "start_time : 1\n");
    test::WriteFile(dir_ / "flow_stats.jsonl", flows);
    return ReadCampaignStats(dir_.path());
  }

  const test::TempDir dir_;
};

TEST_F(CampaignFilesTest, AFlowHasItsStepsAndTimes) {
  const auto stats = Read(
      R"({"flow_id":7,"state":"complete","reached":[9,4,2],"step_executions":[5],"times":[[3,1],[64,2]]})");
  ASSERT_TRUE(stats.ok()) << stats.status();
  const FlowStatsLine& flow = stats->flows.at(7);
  EXPECT_EQ(flow.reached, (std::vector<uint64_t>{9, 4, 2}));
  EXPECT_EQ(flow.step_executions, (std::vector<uint64_t>{5}));
  EXPECT_EQ(flow.times, (std::vector<std::pair<uint32_t, uint64_t>>{{3, 1}, {64, 2}}));
}

TEST_F(CampaignFilesTest, NumbersThatAreNoneAreDamage) {
  for (const char* member :
       {R"("reached":[-1])", R"("reached":["1"])", R"("step_executions":[1.5])",
        R"("times":[[65,1]])", R"("times":[[1]])", R"("times":[1])"}) {
    SCOPED_TRACE(member);
    const auto stats = Read(std::string(R"({"flow_id":7,"state":"complete",)") + member + "}");
    EXPECT_THAT(std::string(stats.status().message()), HasSubstr("flow_stats.jsonl:1"));
  }
}

TEST_F(CampaignFilesTest, HistoryIsReadWithoutItsTornLines) {
  const std::string line =
      R"("executions":5,"events":6,"events_dropped":1,"completions":2,"flows_completed":1,"steps_reached":3,"value_pairs":4})";
  test::WriteFile(dir_ / "history.jsonl", "{\"unix_ms\":10,\"run_ms\":0," + line +
                                              "\n{\"unix_ms\":1\n{\"unix_ms\":20,\"run_ms\":10," +
                                              line + "\n{\"unix_ms\":30,\"run");
  const std::vector<HistoryPoint> history = ReadHistory(dir_.path());
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].unix_ms, 10);
  EXPECT_EQ(history[1].run_ms, 10u);
  EXPECT_EQ(history[1].value_pairs, 4u);
  EXPECT_TRUE(ReadHistory(dir_ / "nothing").empty());
}

}  // namespace
}  // namespace flowmon
