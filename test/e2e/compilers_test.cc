// Campaigns on what flow-cc makes with other compilers than its default: a flow that the seeds do
// not have is found and seen complete.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

struct Compiled {
  const char* name;
  const char* version;  // of afl-fuzz
  const char* target;
  const char* seed = "flow12";
  std::vector<std::string> arguments = {"-s", "1", "-E", "500"};
};

std::ostream& operator<<(std::ostream& out, const Compiled& compiled) {
  return out << compiled.name;
}

class CompilersTest : public testing::TestWithParam<std::tuple<Compiled, const char*>> {};

TEST_P(CompilersTest, TheFlowIsSeenComplete) {
  const auto& [compiled, lane] = GetParam();
  Campaign campaign(compiled.version);
  campaign.target = compiled.target;
  campaign.seeds = {compiled.seed, "x"};
  campaign.arguments = compiled.arguments;
  campaign.environment = {
      {"FLOW_MONITOR_FLOWDB", FLOWMON_SOURCE_DIR "/test/instrument/programs/matrix.flowdb"},
      {"FLOW_MONITOR_SHARED_MEMORY_MODE", lane}};
  const Ended ended = campaign.Run();
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  const Stats stats = campaign.FlowmonStats();
  EXPECT_EQ(stats.at("flows_completed"), "1") << ended.output;
  EXPECT_GT(std::stoull(stats.at("executions_done")), 100u);
  EXPECT_EQ(stats.at("events_dropped"), "0");
  EXPECT_EQ(stats.at("events_late"), "0");
  EXPECT_THAT(ListNames(campaign.shared_memory.path()), testing::IsEmpty());
}

const Compiled kCompiled[] = {
    // The comparison with "flow" is solved by CMPLOG. A CMPLOG binary of 4.04c runs under that
    // version
    // alone, which takes none but the target itself: for -c FILE it executes the target as well.
    {"Cmplog", "debian12", "matrix_cmplog", "fxyzabcdefgh", {"-s", "1", "-E", "20000", "-c", "0"}},
    {"Lto", "debian12", "matrix_lto"},
    {"LtoTrixie", "trixie", "matrix_lto"},
    {"LtoSid", "sid", "matrix_lto"},
    {"Asan", "trixie", "matrix_asan"},
    {"SharedLibrary", "trixie", "matrix_shared"},
    {"OpenedLibrary", "trixie", "matrix_opener"},
};

INSTANTIATE_TEST_SUITE_P(Modes, CompilersTest,
                         testing::Combine(testing::ValuesIn(kCompiled),
                                          testing::Values("session", "files")),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param).name) + "_" +
                                  std::get<1>(test.param);
                         });

}  // namespace
}  // namespace flowmon::test
