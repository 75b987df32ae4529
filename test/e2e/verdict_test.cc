// Verdicts on real campaigns: an input that was kept for a flow completes it again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "flowdb/read_file.h"
#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

using nlohmann::json;

class VerdictCampaignTest : public testing::TestWithParam<std::string> {
 protected:
  static json Verdicts(const Campaign& campaign) {
    const std::string flowmon = FLOWMON_BINARY_DIR "/bin/flowmon";
    const Ended ended = RunProgram(
        {.argv = {flowmon, "verdict", campaign.InstanceDirectory(), "--json", "--replay", "3"}});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return json::parse(ended.output.substr(ended.output.find('{')), nullptr, false);
  }
};

TEST_P(VerdictCampaignTest, EachKeptInputCompletesItsFlowAgain) {
  Campaign campaign(GetParam());
  campaign.target = "cjson_persistent";
  campaign.environment["FLOW_MONITOR_FLOWDB"] = FLOWMON_SOURCE_DIR "/examples/cjson/cjson.flowdb";
  campaign.seeds = {"{\"a\": [1, 2.5, \"text\\u0041\"], \"b\": null}", "[true, false]"};
  campaign.arguments = {"-s", "1", "-E", "50000"};
  EXPECT_EQ(campaign.Run().exit_code, 0);
  const json verdicts = Verdicts(campaign);
  size_t num_complete = 0, num_named = 0;
  for (const json& flow : verdicts["flows"]) {
    if (flow["completions"] == 0) {
      EXPECT_FALSE(flow.contains("inputs")) << flow;
      continue;
    }
    ++num_complete;
    ASSERT_TRUE(flow.contains("inputs")) << flow;
    EXPECT_EQ(flow["inputs"].size(), 3u) << flow;
    for (const json& input : flow["inputs"]) {
      EXPECT_EQ(input["completed"], 3) << flow["flowId"] << " " << input;
      num_named += input.contains("aflFile") ? 1 : 0;
    }
  }
  EXPECT_GE(num_complete, 8u);
  EXPECT_GT(num_named, 0u) << "the seeds are in the queue";
  Stats stats = campaign.FlowmonStats();
  EXPECT_GE(std::stoull(stats["inputs_kept"]), num_complete * 3);
  EXPECT_EQ(stats["inputs_failed"], "0");
}

TEST_P(VerdictCampaignTest, AnInputThatDoesNotIsFlaky) {
  Campaign campaign(GetParam());
  campaign.arguments = {"-s", "1", "-E", "300"};
  EXPECT_EQ(campaign.Run().exit_code, 0);
  const std::string first = campaign.OutputPath("inputs/flow_1/first");
  json facts = json::parse(ReadFile(first + ".json"));
  facts["input_hash"] = absl::StrFormat("0x%016x", ContentHash("nothing"));
  WriteFile(first, "nothing");
  WriteFile(first + ".json", facts.dump());
  for (const json& flow : Verdicts(campaign)["flows"])
    for (const json& input : flow.value("inputs", json::array()))
      EXPECT_EQ(input["flaky"], flow["flowId"] == 1 && input["kind"] == "first") << input;
}

INSTANTIATE_TEST_SUITE_P(Afl, VerdictCampaignTest, testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
