// What a campaign records, on every AFL++ version: one record for each run that the target really
// made, and in it what the input of that run must have caused.

#include "test/e2e/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flowmon::test {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

std::string Hash(std::string_view data) {
  char text[19];
  snprintf(text, sizeof(text), "0x%016llx",
           static_cast<unsigned long long>(XXH64(data.data(), data.size(), 0)));
  return text;
}

uint64_t Number(const Stats& stats, const std::string& key) {
  return stats.contains(key) ? std::stoull(stats.at(key)) : UINT64_MAX;
}

// The first record with a completion whose source data was `data`.
json FindCompletion(const std::vector<json>& records, std::string_view data) {
  for (const json& record : records)
    for (const json& flow : record["execution"]["completed_flows"])
      if (flow["source_hash"] == Hash(data)) return record;
  return nullptr;
}

// Everything that must hold for any campaign that records all executions.
void CheckWhole(const Campaign& campaign) {
  const std::vector<json> records = campaign.Records();
  EXPECT_EQ(records.size(), campaign.RealRuns());
  uint64_t sources = 0, sinks = 0, completions = 0, dropped = 0, number = 0;
  std::set<std::string> completed;
  for (const json& record : records) {
    const json& execution = record["execution"];
    EXPECT_EQ(execution["number"], ++number);
    EXPECT_TRUE(record["coverage"].is_object());
    EXPECT_EQ(execution["total_events"],
              execution["num_sources"].get<uint64_t>() + execution["num_sinks"].get<uint64_t>());
    sources += execution["num_sources"].get<uint64_t>();
    sinks += execution["num_sinks"].get<uint64_t>();
    dropped += execution.value("dropped_events", 0u) + execution.value("capped_events", 0u);
    for (const auto& [flow, count] : execution["completions"].items()) {
      completions += count.get<uint64_t>();
      completed.insert(flow);
    }
  }
  const Stats stats = campaign.FlowmonStats();
  EXPECT_EQ(Number(stats, "executions_done"), records.size());
  EXPECT_EQ(Number(stats, "executions_recorded"), records.size());
  EXPECT_EQ(Number(stats, "executions_lost"), 0u);
  EXPECT_EQ(Number(stats, "events_sources"), sources);
  EXPECT_EQ(Number(stats, "events_sinks"), sinks);
  EXPECT_EQ(Number(stats, "completions"), completions);
  EXPECT_EQ(Number(stats, "flows_completed"), completed.size());
  EXPECT_EQ(Number(stats, "events_produced"),
            Number(stats, "events_recorded") + Number(stats, "events_dropped"));
  EXPECT_EQ(Number(stats, "events_dropped"), dropped + Number(stats, "events_late"));
  const std::string history = test::ReadFile(campaign.OutputPath("history.jsonl"));
  const json last = json::parse(history.substr(history.rfind('\n', history.size() - 2) + 1));
  EXPECT_EQ(last["executions"], records.size());
  EXPECT_EQ(last["completions"], completions);
  EXPECT_EQ(last["flows_completed"], completed.size());
  EXPECT_THAT(ListNames(campaign.shared_memory.path()), IsEmpty());
}

// On each AFL++ version, and by both ways in which a target reports.
class CampaignTest : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  static Campaign MakeCampaign() {
    const auto& [version, mode] = GetParam();
    Campaign campaign(version);
    campaign.environment["FLOW_MONITOR_SHARED_MEMORY_MODE"] = mode;
    return campaign;
  }
  Campaign campaign_ = MakeCampaign();
};

TEST_P(CampaignTest, ForkMode) {
  campaign_.seeds = {"s1k", "s123k", "sK", "x", "h", "so1k", "u"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  EXPECT_GE(campaign_.RealRuns(), 1000u);
  const json record = FindCompletion(campaign_.Records(), "1k");
  ASSERT_FALSE(record.is_null());
  const json& flow = record["execution"]["completed_flows"][0];
  EXPECT_EQ(flow["flow_id"], 1);
  EXPECT_EQ(flow["source_size"], 2);
  EXPECT_EQ(flow["sink_hash"], Hash(""));
  EXPECT_EQ(flow["intermediate_coverage"], json({1}));
  EXPECT_EQ(record["coverage"], json({{"1", 1}}));
}

TEST_P(CampaignTest, PersistentMode) {
  campaign_.target = "steps_persistent";
  campaign_.seeds = {"s1k", "s123k", "sK", "x", "h", "so1k", "u"};
  campaign_.arguments = {"-s", "1", "-E", "3000"};  // several processes of 1000 executions each
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  // Nothing of one execution may show in the next, although the process goes on: the seed "x" has
  // no step, and it is run right after others that have.
  EXPECT_TRUE(std::ranges::any_of(campaign_.Records(), [](const json& record) {
    return record["execution"]["total_events"] == 0 && record["coverage"].empty();
  }));
  EXPECT_FALSE(FindCompletion(campaign_.Records(), "123k").is_null());
}

TEST_P(CampaignTest, PersistentModeOfATargetThatDoesNotMarkItsRuns) {
  campaign_.target = "steps_persistent_unmarked";
  campaign_.seeds = {"s1k", "x"};
  campaign_.arguments = {"-s", "1", "-E", "2000"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
}

TEST_P(CampaignTest, WithoutForkserver) {
  campaign_.environment["AFL_NO_FORKSRV"] = "1";
  campaign_.arguments = {"-s", "1", "-E", "300"};
  campaign_.seeds = {"s1k", "x"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
}

TEST_P(CampaignTest, CrashingRunIsRecordedUpToTheCrash) {
  campaign_.seeds = {"s1k", "s1kc"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  EXPECT_FALSE(FindCompletion(campaign_.Records(), "1kc").is_null());
}

TEST_P(CampaignTest, RunThatTimesOutIsRecordedUpToTheEnd) {
  campaign_.seeds = {"s1k", "s1kt!"};
  campaign_.arguments = {"-s", "1", "-t", "200+", "-E", "300"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  EXPECT_FALSE(FindCompletion(campaign_.Records(), "1kt!").is_null());
}

TEST_P(CampaignTest, AllProcessesOfAForkingRunAreInOneRecord) {
  campaign_.seeds = {"s1fAB"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  const json record = FindCompletion(campaign_.Records(), "1fAB");
  ASSERT_FALSE(record.is_null());
  EXPECT_THAT(record["execution"]["pids"], SizeIs(2));
  EXPECT_EQ(record["execution"]["pids"][0], record["execution"]["pid"]);
  const json& flow = record["execution"]["completed_flows"][0];
  EXPECT_EQ(flow["source_pid"], record["execution"]["pid"]);
  EXPECT_EQ(flow["sink_pid"], record["execution"]["pids"][1]);
  EXPECT_EQ(flow["sink_hash"], Hash("AB"));
}

TEST_P(CampaignTest, LateGrandchildrenAreCountedAndReachNoRecord) {
  campaign_.seeds = {"l", "x"};
  campaign_.arguments = {"-s", "1", "-E", "500"};
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  EXPECT_GT(Number(campaign_.FlowmonStats(), "events_late"), 0u);
  const std::vector<json> records = campaign_.Records();
  for (size_t i = 0; i < 8; ++i)  // the first calibration, before any mutation
    EXPECT_EQ(records.at(i)["execution"]["num_sinks"], 0) << records[i];
}

TEST_P(CampaignTest, InstancesOfOneCampaignNeverMix) {
  Campaign main = MakeCampaign(), secondary = MakeCampaign();
  main.arguments = {"-s", "1", "-V", "3", "-M", "main"};
  main.instance = "main";
  main.seeds = {"s1k"};
  secondary.arguments = {"-s", "1", "-V", "3", "-S", "second"};
  secondary.instance = "second";
  secondary.seeds = {"sK"};
  secondary.shares_output_with = &main;
  // One /dev/shm for both, as in life.
  secondary.environment["FLOW_SHM_DIR"] = main.shared_memory.path();
  RunningProgram first(main.Command());
  EXPECT_EQ(secondary.Run().exit_code, 0);
  EXPECT_EQ(first.Wait().exit_code, 0);
  CheckWhole(main);
  CheckWhole(secondary);
}

TEST_P(CampaignTest, WorksBesideAnotherMutator) {
  campaign_.mutator = TargetPath("counting_mutator.so") + ";" + PluginPath();
  campaign_.environment["COUNTING_OUT"] = campaign_.directory / "counted";
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  CheckWhole(campaign_);
  const Stats counted = ReadStats(campaign_.directory / "counted");
  if (campaign_.version == "debian12")
    EXPECT_EQ(Number(counted, "post_run"), 0u);  // the version that flowmon does without it on
  else
    EXPECT_EQ(Number(counted, "post_run"), campaign_.Records().size());
}

TEST_P(CampaignTest, RecordModeDoesNotChangeTheStatistics) {
  campaign_.seeds = {"s1k", "x"};
  campaign_.environment["FLOW_MONITOR_PROCESSING_RECORD"] = "flows";
  EXPECT_EQ(campaign_.Run().exit_code, 0);
  Campaign novel = MakeCampaign();
  novel.seeds = campaign_.seeds;
  novel.environment["FLOW_MONITOR_PROCESSING_RECORD"] = "new";
  EXPECT_EQ(novel.Run().exit_code, 0);
  for (const Campaign* campaign : {&campaign_, &novel}) {
    const Stats stats = campaign->FlowmonStats();
    EXPECT_EQ(Number(stats, "executions_done"), campaign->RealRuns());
    EXPECT_EQ(Number(stats, "executions_recorded"), campaign->Records().size());
    EXPECT_EQ(Number(stats, "executions_skipped"),
              campaign->RealRuns() - campaign->Records().size());
  }
  for (const json& record : campaign_.Records())
    EXPECT_THAT(record["execution"]["completions"], testing::Not(IsEmpty()));
  EXPECT_LT(novel.Records().size(), campaign_.Records().size());
  EXPECT_GE(novel.Records().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Afl, CampaignTest,
                         testing::Combine(testing::ValuesIn(AflVersions()),
                                          testing::Values("session", "files")),
                         [](const auto& parameter) {
                           return std::get<0>(parameter.param) + "_" + std::get<1>(parameter.param);
                         });

// A CMPLOG binary of 4.04c aborts under newer versions (facts of AFL++, not ours), so only here.
class CmplogCampaignTest : public testing::TestWithParam<const char*> {
 protected:
  static void Check(const std::string& cmplog_binary) {
    Campaign campaign("debian12");
    campaign.environment["FLOW_MONITOR_SHARED_MEMORY_MODE"] = GetParam();
    campaign.seeds = {"s1k", "x"};
    campaign.arguments = {"-s", "1", "-E", "1000", "-c", TargetPath(cmplog_binary)};
    EXPECT_EQ(campaign.Run().exit_code, 0);
    CheckWhole(campaign);
  }
};

TEST_P(CmplogCampaignTest, RunsOfBothBinariesAreRecorded) { Check("steps_cmplog"); }

// It marks no runs and reports nothing; its runs are executions all the same.
TEST_P(CmplogCampaignTest, RunsOfABinaryWithoutTheRuntimeAreRecorded) {
  Check("steps_cmplog_bare");
}

INSTANTIATE_TEST_SUITE_P(Afl, CmplogCampaignTest, testing::Values("session", "files"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
}  // namespace flowmon::test
