// Records of campaigns that fill several segments, on every AFL++ version: whatever is finished,
// compressed, killed and resumed, each execution's record is read back once and in order.

#include "plugin/segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

using nlohmann::json;

class SegmentsCampaignTest : public testing::TestWithParam<std::string> {
 protected:
  SegmentsCampaignTest() {
    campaign_.target = "steps_persistent";
    campaign_.seeds = {"s1k", "s123k", "sssssssskkkk", "s1s2s3kkkkkkkkkkkkk"};
    campaign_.environment["FLOW_MONITOR_OUTPUT_ROTATE_MIB"] = "1";
    campaign_.environment["FLOW_MONITOR_PROCESSING_MAX_COMPLETIONS_LISTED"] = "100";
    campaign_.arguments = {"-s", "1", "-E", "20000"};
  }
  std::vector<Segment> Segments() const {
    auto segments = ListSegments(campaign_.OutputPath(""));
    return segments.ok() ? *std::move(segments) : std::vector<Segment>();
  }
  size_t NumCompressed() const {
    size_t count = 0;
    for (const Segment& segment : Segments()) count += segment.is_compressed ? 1 : 0;
    return count;
  }

  Campaign campaign_{GetParam()};
};

TEST_P(SegmentsCampaignTest, AllRecordsAreReadBack) {
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  EXPECT_THAT(Segments(), testing::SizeIs(testing::Ge(3)));
  const std::vector<json> records = campaign_.Records();
  for (size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i]["execution"]["number"], i + 1);
  Stats stats = campaign_.FlowmonStats();
  EXPECT_EQ(records.size(), campaign_.RealRuns());
  EXPECT_EQ(stats["executions_done"], std::to_string(records.size()));
  EXPECT_EQ(stats["executions_recorded"], std::to_string(records.size()));
  EXPECT_EQ(stats["executions_over_limit"], "0");
  EXPECT_EQ(stats["record_limit"], "none");
  EXPECT_EQ(stats["compressions_failed"], "0");
}

TEST_P(SegmentsCampaignTest, AKilledCampaignIsReadUpToTheKillAndResumed) {
  Program endless = campaign_.Command();
  for (std::string& argument : endless.argv)
    if (argument == "20000") argument = "100000000";
  {
    RunningProgram running(endless);
    for (int i = 0; i < 6000 && NumCompressed() < 2; ++i) usleep(10000);
    EXPECT_GE(NumCompressed(), 2u);
    KillWithDescendants(running);
  }
  const size_t segments_before = Segments().size();
  EXPECT_EQ(campaign_.Run().exit_code, 0);

  const std::vector<json> records = campaign_.Records();
  size_t first = 0;  // records of the killed campaign
  while (first < records.size() && records[first]["execution"]["number"] == first + 1) ++first;
  EXPECT_GT(first, 1000u);
  for (size_t i = first; i < records.size(); ++i)
    ASSERT_EQ(records[i]["execution"]["number"], i - first + 1);
  EXPECT_EQ(campaign_.FlowmonStats()["executions_done"], std::to_string(records.size() - first));
  EXPECT_GT(Segments().size(), segments_before);
}

TEST_P(SegmentsCampaignTest, AtTheLimitOnlyWhatIsNewIsRecorded) {
  campaign_.environment["FLOW_MONITOR_OUTPUT_MAX_TOTAL_MIB"] = "2";
  campaign_.environment["FLOW_MONITOR_OUTPUT_COMPRESS"] = "false";
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  uint64_t bytes = 0;
  for (const Segment& segment : Segments()) bytes += segment.bytes;
  bytes += ReadFile(campaign_.OutputPath("executions.jsonl")).size();
  EXPECT_GE(bytes, size_t{2} << 20);
  EXPECT_LT(bytes, size_t{9} << 18) << "2.25 MiB";
  EXPECT_EQ(NumCompressed(), 0u);
  Stats stats = campaign_.FlowmonStats();
  EXPECT_EQ(stats["record_mode"], "new");
  EXPECT_EQ(stats["record_limit"], "output.max_total_mib");
  EXPECT_EQ(stats["executions_done"], std::to_string(campaign_.RealRuns()));
  EXPECT_EQ(stats["executions_recorded"], std::to_string(campaign_.Records().size()));
  EXPECT_EQ(std::stoull(stats["executions_over_limit"]),
            campaign_.RealRuns() - campaign_.Records().size());
  EXPECT_EQ(stats["executions_skipped"], "0");
  const std::string log = ReadFile(campaign_.OutputPath("flowmon.log"));
  const size_t said = log.find("output.max_total_mib is reached");
  ASSERT_NE(said, std::string::npos);
  EXPECT_EQ(log.find("output.max_total_mib is reached", said + 1), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Afl, SegmentsCampaignTest, testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
