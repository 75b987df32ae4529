// Observing changes nothing: with the same seed and the same number of executions, the queue is the
// same to the byte with flowmon and with a mutator that does nothing.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

// Name -> content. AFL++ writes the elapsed time into the names: that part is left out.
std::map<std::string, std::string> Queue(const Campaign& campaign) {
  std::map<std::string, std::string> queue;
  const std::string directory = campaign.InstanceDirectory() + "/queue";
  for (const std::string& name : ListNames(directory)) {
    if (name[0] == '.') continue;
    std::string timeless = name;
    const size_t time = timeless.find(",time:");
    if (time != std::string::npos) timeless.erase(time, timeless.find(',', time + 1) - time);
    queue[timeless] = ReadFile(directory + "/" + name);
  }
  return queue;
}

class ObservationTest : public testing::TestWithParam<std::string> {};

// AFL++'s own timing makes two runs of the same library differ now and then (1 in 12 with 5.02c and
// an empty mutator on a busy machine). A library that perturbs the campaign differs always: one
// equal pair is the proof, and several tries are allowed to find it.
TEST_P(ObservationTest, TheQueueIsTheSameAsWithAnEmptyMutator) {
  constexpr int kTries = 4;
  std::map<std::string, std::string> observed_queue, baseline_queue;
  for (int i = 0; i < kTries; ++i) {
    Campaign observed(GetParam()), baseline(GetParam());
    for (Campaign* campaign : {&observed, &baseline}) {
      campaign->target = "words_fork";
      campaign->environment["FLOW_MONITOR_FLOWDB"] =
          std::string(FLOWMON_SOURCE_DIR) + "/test/targets/words.flowdb";
      campaign->seeds = {"get a b c", "put a=b", "delete everything now"};
      campaign->arguments = {"-s", "7", "-E", "3000"};
    }
    baseline.mutator = TargetPath("empty_mutator.so");
    ASSERT_EQ(observed.Run().exit_code, 0);
    ASSERT_EQ(baseline.Run().exit_code, 0);
    EXPECT_EQ(ReadStats(observed.OutputPath("flowmon_stats"))["intermediates_hit"], "4");
    observed_queue = Queue(observed);
    baseline_queue = Queue(baseline);
    EXPECT_GT(baseline_queue.size(), 10u);
    if (observed_queue == baseline_queue) return;
  }
  EXPECT_EQ(observed_queue, baseline_queue) << "in " << kTries << " tries";
}

INSTANTIATE_TEST_SUITE_P(Afl, ObservationTest, testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
