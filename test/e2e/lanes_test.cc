// Both ways in which a target reports give the same records, byte for byte but for pids and times,
// on every AFL++ version and for every kind of target, also where observing is hard.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "test/e2e/campaign.h"
#include "test/support/normalized_record.h"

namespace flowmon::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

using Seeds = std::vector<std::string>;

// `count` distinct inputs of these bytes, the same every time.
Seeds Generated(size_t count, const std::string& bytes) {
  std::mt19937 random(11);
  std::set<std::string> seeds;
  while (seeds.size() < count) {
    std::string seed;
    for (size_t n = 1 + random() % 24; n > 0; --n) seed += bytes[random() % bytes.size()];
    seeds.insert(seed);
  }
  return {seeds.begin(), seeds.end()};
}

Seeds CjsonInputs() {
  const std::string inputs = FLOWMON_SOURCE_DIR "/build/sources/cjson/fuzzing/inputs/";
  Seeds seeds;
  for (const std::string& name : ListNames(inputs)) seeds.push_back(ReadFile(inputs + name));
  return seeds;
}

struct Corpus {
  const char* name;
  const char* target;
  Seeds seeds;
  std::map<std::string, std::string> environment = {};
  const char* output = "";  // that shows AFL++ doing what the corpus is for
};

std::ostream& operator<<(std::ostream& out, const Corpus& corpus) { return out << corpus.name; }

const std::string kSteps = "s123kKohfuxq";  // without those that end by time
const Seeds kHard = {"s1k", "sv", "v", "s1qk", "s1eks", "s1qek", "sfek", "s1pk", "ps1k", "x"};
const char kDeferred[] = "DeferredForkserver";
const std::string kWords = FLOWMON_SOURCE_DIR "/test/targets/words.flowdb";

std::vector<Corpus> Corpora() {
  return {
      {"Fork", "steps_fork", Generated(300, kSteps)},
      {"Persistent", "steps_persistent", Generated(300, kSteps)},
      {"Words", "words_fork", Generated(300, "getpudl =ax"), {{"FLOW_MONITOR_FLOWDB", kWords}}},
      {"Cjson",
       "cjson_persistent",
       CjsonInputs(),
       {{"FLOW_MONITOR_FLOWDB", FLOWMON_SOURCE_DIR "/examples/cjson/cjson.flowdb"}}},
      {"NoForkserver", "steps_fork", Generated(20, kSteps), {{"AFL_NO_FORKSRV", "1"}}},
      {"ForkserverStartedTwice",
       "steps_large_map",
       Generated(60, kSteps),
       {{"AFL_MAP_SIZE", "65536"}},
       "Re-initializing maps"},
      {"HardFork", "hard_fork", kHard},
      {"HardPersistent", "hard_persistent", kHard},
      {kDeferred, "hard_deferred", {"s1k", "sv", "v", "s1qk", "sqf1k", "x"}},
  };
}

std::vector<std::string> RecordsByLane(Campaign& campaign, const std::string& lane,
                                       const char* output = "") {
  campaign.environment["FLOW_MONITOR_SHARED_MEMORY_MODE"] = lane;
  const Ended ended = campaign.Run();
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr(output));
  EXPECT_THAT(ListNames(campaign.shared_memory.path()), SizeIs(0));
  return NormalizedRecords(campaign.OutputPath("executions.jsonl"));
}

class LanesTest : public testing::TestWithParam<std::tuple<std::string, Corpus>> {};

// AFL++ runs each seed several times before it fuzzes: that is all that happens here, and no
// choice of its hangs on time.
TEST_P(LanesTest, TheSeedsGiveTheSameRecords) {
  const auto& [version, corpus] = GetParam();
  std::vector<std::string> by_lane[2];
  for (const int lane : {0, 1}) {
    Campaign campaign(version);
    campaign.target = corpus.target;
    campaign.seeds = corpus.seeds;
    campaign.arguments = {"-s", "3", "-E", "1"};
    campaign.environment = corpus.environment;
    by_lane[lane] = RecordsByLane(campaign, lane == 0 ? "session" : "files", corpus.output);
  }
  EXPECT_GE(by_lane[0].size(), 2 * corpus.seeds.size());
  ASSERT_EQ(by_lane[0].size(), by_lane[1].size());
  for (size_t i = 0; i < by_lane[0].size(); ++i) ASSERT_EQ(by_lane[0][i], by_lane[1][i]) << i;
  // A deferred forkserver's start-up, which alone has this hit, belongs to no execution.
  if (corpus.name == kDeferred) {
    for (const std::string& record : by_lane[0])
      ASSERT_EQ(record.find("\"2\":1}}"), std::string::npos) << record;
  }
}

INSTANTIATE_TEST_SUITE_P(Afl, LanesTest,
                         testing::Combine(testing::ValuesIn(AflVersions()),
                                          testing::ValuesIn(Corpora())),
                         [](const auto& parameter) {
                           return std::get<0>(parameter.param) + "_" +
                                  std::get<1>(parameter.param).name;
                         });

class LanesCampaignTest : public testing::TestWithParam<std::string> {};

// AFL++ looks at the clock to end, so one of the two may go on for longer. Its timing makes them
// differ before that now and then: see observation_test.cc.
TEST_P(LanesCampaignTest, AShortCampaignGivesTheSameRecords) {
  constexpr int kTries = 4;
  std::vector<std::string> session, files;
  for (int i = 0; i < kTries; ++i) {
    Campaign by_session(GetParam()), by_files(GetParam());
    for (Campaign* campaign : {&by_session, &by_files}) {
      campaign->target = "words_fork";
      campaign->environment["FLOW_MONITOR_FLOWDB"] = kWords;
      campaign->seeds = {"get a b c", "put a=b", "delete everything now"};
      campaign->arguments = {"-s", "7", "-E", "3000"};
    }
    session = RecordsByLane(by_session, "session");
    files = RecordsByLane(by_files, "files");
    const size_t common = std::min(session.size(), files.size());
    EXPECT_GE(common, 3000u);
    session.resize(common);
    files.resize(common);
    if (session == files) return;
  }
  EXPECT_EQ(session, files) << "in " << kTries << " tries";
}

INSTANTIATE_TEST_SUITE_P(Afl, LanesCampaignTest, testing::ValuesIn(AflVersions()), VersionName);

// A persistent child of 5.02c's own runtime is asleep between executions, not stopped. The last one
// is ended with the campaign, wherever it is.
TEST(Lanes502cTest, APersistentChildThatIsNotStoppedGivesTheSameRecords) {
  std::vector<std::string> by_lane[2];
  for (const int lane : {0, 1}) {
    Campaign campaign("sid");
    campaign.target = "steps_persistent_502c";
    campaign.seeds = Generated(300, kSteps);
    campaign.arguments = {"-s", "3", "-E", "1"};
    by_lane[lane] = RecordsByLane(campaign, lane == 0 ? "session" : "files",
                                  "Using futex persistent-mode synchronization");
  }
  for (std::vector<std::string>& records : by_lane) {
    EXPECT_GE(records.size(), 600u);
    records.pop_back();
  }
  EXPECT_EQ(by_lane[0], by_lane[1]);
}

}  // namespace
}  // namespace flowmon::test
