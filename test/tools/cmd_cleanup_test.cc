#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "plugin/processes.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::Ended;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

class CmdCleanupTest : public testing::Test {
 protected:
  CmdCleanupTest() {
    // Of a process that is gone, of one that lives, and what is nobody's.
    dead_ = std::to_string(test::RunProgram({.argv = {"true"}}).pid);
    alive_ = std::to_string(getpid()) + "_" + std::to_string(ProcessStartTime(getpid()));
    std::filesystem::create_directories(dir_ / ("flowmon_" + dead_ + "_1"));
    test::WriteFile(dir_ / ("flowmon_" + dead_ + "_1/flow_events_" + dead_), "x");
    std::filesystem::create_directories(dir_ / ("flowmon_" + alive_));
    test::WriteFile(dir_ / ("flow_events_" + dead_), "x");
    test::WriteFile(dir_ / ("df_coverage_" + std::to_string(getpid())), "x");
    test::WriteFile(dir_ / "something_else", "x");
  }
  Ended Cleanup(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {FLOWMON_BINARY_DIR "/bin/flowmon", "cleanup"});
    return test::RunProgram({.argv = arguments, .environment = {{"FLOW_SHM_DIR", dir_.path()}}});
  }

  std::string dead_, alive_;
  TempDir dir_;
};

TEST_F(CmdCleanupTest, DryRunOnlySays) {
  const Ended ended = Cleanup({"--dry-run"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output, HasSubstr("would remove " + (dir_ / ("flow_events_" + dead_))));
  EXPECT_THAT(ended.output, HasSubstr("would remove " + (dir_ / ("flowmon_" + dead_ + "_1"))));
  EXPECT_EQ(test::ListNames(dir_.path()).size(), 5u);
}

TEST_F(CmdCleanupTest, RemovesWhatDeadProcessesLeftAndNothingElse) {
  EXPECT_EQ(Cleanup({"--dir", dir_.path()}).exit_code, 0);
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("df_coverage_" + std::to_string(getpid()),
                                                        "flowmon_" + alive_, "something_else"));
  EXPECT_THAT(Cleanup({}).output, HasSubstr("nothing of processes that are gone in"));
}

TEST_F(CmdCleanupTest, TheDirectoryComesFromTheConfiguration) {
  test::WriteFile(dir_ / "c.yaml", "shared_memory:\n  directory: /from/file\n");
  const std::string yaml = dir_ / "c.yaml";
  const auto looked_in = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {FLOWMON_BINARY_DIR "/bin/flowmon", "cleanup"});
    return test::RunProgram({.argv = arguments, .environment = {{"FLOW_SHM_DIR", ""}}}).output;
  };
  EXPECT_THAT(looked_in({"-c", yaml}), HasSubstr("gone in /from/file"));
  EXPECT_THAT(looked_in({"-c", yaml, "--set", "shared_memory.directory=/from/set"}),
              HasSubstr("gone in /from/set"));
  EXPECT_THAT(looked_in({"--set", "shared_memory.directroy=/x"}), HasSubstr("directory"));
}

}  // namespace
}  // namespace flowmon
