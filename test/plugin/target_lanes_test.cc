#include "plugin/target_lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "flowdb/reader.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class TargetLanesTest : public testing::Test {
 protected:
  TargetLanesTest()
      : db_(ParseFlowDb("SOURCE,5,a.c,1,0,0\nSINK,9,a.c,2,0,0\nINTERMEDIATE,41,a.c,3,0,0\n"
                        "FLOW,1,5,9,[41],\n",
                        "x.flowdb")
                ->db) {
    config_.directory = shm_.path();
  }

  const test::TempDir shm_ = test::TempDir::InSharedMemory();
  const FlowDb db_;
  Config::SharedMemory config_;
};

TEST_F(TargetLanesTest, SessionWithAllThatItsTargetHasToKnow) {
  const auto lanes = CreateTargetLanes(config_, db_, false);
  ASSERT_TRUE(lanes.ok()) << lanes.status();
  ASSERT_NE(lanes->session, nullptr);
  EXPECT_THAT(test::ListNames(shm_.path()), IsEmpty()) << "files only once a program needs them";
  EXPECT_THAT(
      TargetVariables(config_, db_, *lanes),
      UnorderedElementsAre(Pair("FLOW_SHM_DIR", lanes->files->directory()),
                           Pair("FLOW_MAX_EVENTS", "1024"), Pair("FLOW_MAX_EVENTS_PER_ID", "16"),
                           Pair("FLOW_TALLIED_IDS", "10"), Pair("DF_COVERAGE_MAP_SIZE", "42"),
                           Pair(FLOW_PLUGIN_ENV, std::to_string(getpid())),
                           Pair(FLOW_SESSION_ENV, lanes->session->setting())));
}

TEST_F(TargetLanesTest, FilesAndSizesOfTheConfiguration) {
  config_.mode = LaneMode::kFiles;
  config_.map_size = 100;
  config_.max_events_per_id = 0;
  const auto lanes = CreateTargetLanes(config_, db_, false);
  ASSERT_TRUE(lanes.ok()) << lanes.status();
  EXPECT_EQ(lanes->session, nullptr);
  EXPECT_EQ(test::ListNames(shm_.path()).size(), 1u);
  const auto variables = TargetVariables(config_, db_, *lanes);
  const std::map<std::string, std::string> by_name(variables.begin(), variables.end());
  EXPECT_EQ(by_name.at("DF_COVERAGE_MAP_SIZE"), "100");
  EXPECT_EQ(by_name.at("FLOW_MAX_EVENTS_PER_ID"), "0");
  EXPECT_FALSE(by_name.contains(FLOW_SESSION_ENV));
}

TEST_F(TargetLanesTest, AnEmptyDatabaseIsFine) {
  const auto lanes = CreateTargetLanes(config_, FlowDb(), false);
  ASSERT_TRUE(lanes.ok());
  const auto variables = TargetVariables(config_, FlowDb(), *lanes);
  EXPECT_THAT(variables, testing::Contains(Pair("DF_COVERAGE_MAP_SIZE", "1")));
}

TEST_F(TargetLanesTest, ADirectoryThatIsNotThereIsSaid) {
  config_.mode = LaneMode::kFiles;
  config_.directory = "/nowhere";
  EXPECT_FALSE(CreateTargetLanes(config_, db_, false).ok());
}

}  // namespace
}  // namespace flowmon
