// `flowmon crashes` on what real campaigns found.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

using ::testing::IsEmpty;

// The flows that an input of steps.c completes before it crashes, as test/targets/steps.c says;
// false if that is more than this small model knows.
bool Expect(const std::string& input, std::set<uint32_t>& complete) {
  bool source = false, sink = false, constant_sink = false;
  std::set<char> steps;
  for (const char c : input) {
    source = source || c == 's' || c == 'o';
    sink = sink || (c == 'k' && source);
    constant_sink = constant_sink || (c == 'K' && source);
    if (c >= '1' && c <= '3') steps.insert(c);
    if (c == 'h') steps.insert('1');
    if (c == 'c') break;
    if (std::string("flqtu").find(c) != std::string::npos) return false;
  }
  if (sink && steps.contains('1')) complete.insert(1);
  if (sink && steps.size() == 3) complete.insert(2);
  if (constant_sink) complete.insert(3);
  return true;
}

class CrashesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(CrashesTest, ReplayCompletesWhatTheInputSays) {
  for (const char* target : {"steps_fork", "steps_persistent"}) {
    SCOPED_TRACE(target);
    Campaign campaign(GetParam());
    campaign.target = target;
    campaign.seeds = {"s1kb", "s1kKb", "s12kb", "s123kb", "s1K3kb"};  // one bit from c
    campaign.arguments = {"-s", "1", "-t", "500", "-E", "12000"};
    ASSERT_EQ(campaign.Run().exit_code, 0);
    const Ended ended =
        RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/flowmon", "crashes", "--json",
                             campaign.directory / "out"},
                    .environment = {{"FLOW_SHM_DIR", campaign.shared_memory.path()}}});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    const nlohmann::json json = nlohmann::json::parse(ended.output);
    size_t num_crashes = 0, num_complete = 0;
    for (const nlohmann::json& input : json[0]["inputs"]) {
      if (input["kind"] != "crash") continue;
      ++num_crashes;
      EXPECT_EQ(input["end"], "SIGABRT");
      EXPECT_EQ(input["reproduced"], true);
      const std::string content = ReadFile(input["input"]);
      std::set<uint32_t> complete;
      if (!Expect(content, complete)) continue;
      EXPECT_EQ(input["complete"].get<std::set<uint32_t>>(), complete) << content;
      num_complete += complete.size();
    }
    EXPECT_GT(num_crashes, 0u);
    EXPECT_GT(num_complete, 0u);
    EXPECT_THAT(ListNames(campaign.shared_memory.path()), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Afl, CrashesTest, ::testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
