#include "plugin/file_lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugin/campaign_dir.h"
#include "test/plugin/process_files.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::CoverageBytes;
using test::CoveragePath;
using test::EventsBytes;
using test::EventsPath;
using test::IdleProcess;
using test::SinkAt;
using test::SourceAt;
using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FileLaneTest : public testing::Test {
 protected:
  FileLaneTest() : base_(TempDir::InSharedMemory()) {
    absl::StatusOr<std::unique_ptr<FileLane>> lane = FileLane::Create(base_.path(), false);
    EXPECT_TRUE(lane.ok()) << lane.status();
    if (lane.ok()) lane_ = *std::move(lane);
  }

  const std::string& dir() const { return lane_->directory(); }
  const Execution& Collect(uint64_t run_start_ns = 0) {
    execution_.Clear();
    lane_->Collect(run_start_ns, execution_);
    execution_.Normalize();
    return execution_;
  }

  const TempDir base_;
  std::unique_ptr<FileLane> lane_;
  Execution execution_;
};

TEST_F(FileLaneTest, TheDirectoryIsOursAloneAndGoesWithTheLane) {
  EXPECT_EQ(std::filesystem::path(dir()).parent_path(), base_.path());
  struct stat info;
  ASSERT_EQ(stat(dir().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode, S_IFDIR | 0700u);
  WriteFile(EventsPath(dir(), 1), "x");
  WriteFile(dir() + "/anything", "x");
  ASSERT_EQ(symlink("/", (dir() + "/link").c_str()), 0);
  ASSERT_EQ(mkfifo((dir() + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(mkdir((dir() + "/directory").c_str(), 0700), 0);
  lane_.reset();
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
}

TEST_F(FileLaneTest, TheDirectoryStaysOnRequest) {
  lane_.reset();
  std::string kept;
  {
    const auto lane = FileLane::Create(base_.path(), true);
    ASSERT_TRUE(lane.ok());
    kept = (*lane)->directory();
    WriteFile(EventsPath(kept, 1), "x");
  }
  EXPECT_TRUE(std::filesystem::exists(EventsPath(kept, 1)));
}

TEST_F(FileLaneTest, AnExpectedDirectoryIsTheTargetsToMake) {
  lane_.reset();
  lane_ = FileLane::Expect(base_.path(), false);
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
  EXPECT_THAT(Collect().events, IsEmpty());
  EXPECT_FALSE(lane_->is_open());
  ASSERT_EQ(mkdir(dir().c_str(), 0700), 0);
  WriteFile(EventsPath(dir(), test::DeadPid()), EventsBytes({SourceAt(1, 1)}));
  EXPECT_THAT(Collect().events, SizeIs(1));
  EXPECT_TRUE(lane_->is_open());
  lane_.reset();
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
}

TEST_F(FileLaneTest, AnExpectedDirectoryThatNobodyLookedIntoGoesToo) {
  lane_.reset();
  lane_ = FileLane::Expect(base_.path(), false);
  ASSERT_EQ(mkdir(dir().c_str(), 0700), 0);
  lane_.reset();
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
}

// Its name can be foreseen, and /dev/shm is everybody's.
TEST_F(FileLaneTest, WhatSomebodyElsePutInThePlaceOfAnExpectedDirectoryIsLeftAlone) {
  lane_.reset();
  const TempDir other;
  WriteFile(other / "precious", "x");
  lane_ = FileLane::Expect(base_.path(), false);
  ASSERT_EQ(symlink(other.path().c_str(), dir().c_str()), 0);
  Collect();
  EXPECT_FALSE(lane_->is_open());
  ASSERT_EQ(unlink(dir().c_str()), 0);
  if (geteuid() == 0) {  // who is not cannot make a directory of another user's
    ASSERT_EQ(mkdir(dir().c_str(), 0700), 0);
    WriteFile(dir() + "/precious", "x");
    ASSERT_EQ(chown(dir().c_str(), 65534, 65534), 0);
    Collect();
    EXPECT_FALSE(lane_->is_open());
    const std::string kept = dir();
    lane_.reset();
    EXPECT_TRUE(std::filesystem::exists(kept + "/precious"));
  }
  EXPECT_TRUE(std::filesystem::exists(other / "precious"));
}

TEST_F(FileLaneTest, AnInstanceHasOneDirectory) {
  const auto second = FileLane::Create(base_.path(), false);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(std::filesystem::exists(dir())) << "the first one's";
}

TEST_F(FileLaneTest, ADirectoryThatCannotBeMadeIsNamedWithItsSetting) {
  const auto lane = FileLane::Create(base_ / "nowhere", false);
  ASSERT_FALSE(lane.ok());
  EXPECT_THAT(std::string(lane.status().message()), HasSubstr(base_ / "nowhere"));
  EXPECT_THAT(std::string(lane.status().message()), HasSubstr("FLOW_SHM_DIR"));
}

TEST_F(FileLaneTest, AFailureLeavesNoDirectory) {
  lane_.reset();
  struct rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const struct rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto lane = FileLane::Create(base_.path(), false);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_FALSE(lane.ok());
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
}

TEST_F(FileLaneTest, CollectsAllProcessesInTheOrderOfTime) {
  const pid_t child = test::DeadPid(), root = test::DeadPid();
  WriteFile(EventsPath(dir(), child), EventsBytes({SinkAt(30, 1), SourceAt(10, 1)}));
  WriteFile(CoveragePath(dir(), child), CoverageBytes(std::string("\0\xf0\1", 3)));
  WriteFile(EventsPath(dir(), root),
            EventsBytes({1, 1, 0, FLOW_EVENTS_RUN_ROOT}, {SourceAt(20, 2)}));
  WriteFile(CoveragePath(dir(), root), CoverageBytes(std::string("\1\x20", 2)));
  Collect();

  std::vector<uint64_t> times;
  for (const Event& event : execution_.events) times.push_back(event.timestamp);
  EXPECT_THAT(times, ElementsAre(10, 20, 30));
  EXPECT_EQ(execution_.events[1].pid, static_cast<uint32_t>(root));
  EXPECT_EQ(execution_.num_sources, 2u);
  EXPECT_EQ(execution_.num_sinks, 1u);
  EXPECT_THAT(execution_.hits, ElementsAre(Hit{0, 1}, Hit{1, 255}, Hit{2, 1}));
  EXPECT_THAT(execution_.pids,
              ElementsAre(static_cast<uint32_t>(root), static_cast<uint32_t>(child)));
  EXPECT_THAT(test::ListNames(dir()), IsEmpty());
  EXPECT_THAT(Collect().pids, IsEmpty());
  EXPECT_EQ(lane_->num_refused(), 0u);
}

TEST_F(FileLaneTest, EachExecutionIsCollectedByItself) {
  const IdleProcess persistent;
  for (uint32_t round = 1; round <= 5; ++round) {
    const pid_t pid = test::DeadPid();
    WriteFile(EventsPath(dir(), pid), EventsBytes({SourceAt(1, round)}));
    WriteFile(EventsPath(dir(), persistent.pid()), EventsBytes({SinkAt(2, round)}));
    Collect();
    ASSERT_THAT(execution_.events, SizeIs(2));
    EXPECT_EQ(execution_.events[0].id, round);
    EXPECT_EQ(execution_.events[1].id, round);
    EXPECT_THAT(execution_.pids, testing::UnorderedElementsAre(pid, persistent.pid()));
  }
}

TEST_F(FileLaneTest, RunStartIsInNanoseconds) {
  const uint64_t start_ns = 7'000'000'000'000'000'123;
  const auto coarse = static_cast<uint32_t>(start_ns >> 10);
  for (const uint32_t birth : {coarse - 1, coarse}) {
    const pid_t pid = test::DeadPid();
    WriteFile(EventsPath(dir(), pid),
              EventsBytes({1, 1, birth, FLOW_EVENTS_BIRTH_KNOWN}, {SourceAt(1, 1)}));
  }
  Collect(start_ns);
  EXPECT_EQ(execution_.events_late, 1u);
  EXPECT_THAT(execution_.events, SizeIs(1));
  EXPECT_THAT(execution_.pids, SizeIs(1));
}

TEST_F(FileLaneTest, ForeignNamesAreRemovedUnopenedAndCounted) {
  const TempDir elsewhere = TempDir::InSharedMemory();
  WriteFile(elsewhere / "victim", "precious");
  const char* const names[] = {"flow_events_",   "flow_events_0",  "flow_events_01",
                               "flow_events_1x", "flow_events_1 ", "flow_events_99999999999",
                               "df_coverage_-1", ".hidden",        "...",
                               "new\nline",      "\xff\xfe"};
  for (const char* name : names) WriteFile(dir() + "/" + name, "x");
  ASSERT_EQ(symlink((elsewhere / "victim").c_str(), (dir() + "/link").c_str()), 0);
  ASSERT_EQ(symlink(elsewhere.path().c_str(), (dir() + "/directory_link").c_str()), 0);
  ASSERT_EQ(mkfifo((dir() + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(mkdir((dir() + "/directory").c_str(), 0700), 0);
  EXPECT_THAT(Collect().pids, IsEmpty());
  EXPECT_EQ(lane_->num_refused(), std::size(names) + 4);
  EXPECT_THAT(test::ListNames(dir()), IsEmpty());
  EXPECT_EQ(test::ReadFile(elsewhere / "victim"), "precious");
  Collect();
  EXPECT_EQ(lane_->num_refused(), std::size(names) + 4);
}

TEST_F(FileLaneTest, ATreeOfTheTargetsHarmsNothing) {
  std::filesystem::create_directories(dir() + "/a/b/c");
  const pid_t pid = test::DeadPid();
  WriteFile(EventsPath(dir(), pid), EventsBytes({SourceAt(1, 1)}));
  EXPECT_THAT(Collect().events, SizeIs(1));
  EXPECT_GE(lane_->num_refused(), 1u);
  EXPECT_THAT(Collect().events, IsEmpty());
}

TEST_F(FileLaneTest, OnlyItsOwnDirectoryIsTouched) {
  const pid_t pid = test::DeadPid();
  WriteFile(EventsPath(base_.path(), pid), EventsBytes({SourceAt(1, 1)}));
  std::filesystem::create_directory(base_ / "flowmon_1_1");
  WriteFile(EventsPath(base_ / "flowmon_1_1", pid), EventsBytes({SourceAt(1, 1)}));
  EXPECT_THAT(Collect().pids, IsEmpty());
  lane_.reset();
  EXPECT_THAT(test::ListNames(base_.path()), SizeIs(2));
  EXPECT_THAT(test::ListNames(base_ / "flowmon_1_1"), SizeIs(1));
}

TEST_F(FileLaneTest, ADirectoryThatTheTargetRemovedHarmsNothing) {
  std::filesystem::remove_all(dir());
  EXPECT_THAT(Collect().pids, IsEmpty());
  lane_.reset();
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
}

TEST_F(FileLaneTest, HundredsOfProcessesAreOneExecution) {
  // Live ones, so that the directory does not change while it is listed, and dead ones.
  const IdleProcess live;
  WriteFile(EventsPath(dir(), live.pid()), EventsBytes({SourceAt(1, 0)}));
  uint32_t written = 1;
  for (pid_t pid = 4'100'000; pid < 4'100'700; ++pid, ++written) {
    WriteFile(EventsPath(dir(), pid),
              EventsBytes({SourceAt(4'200'000 - static_cast<uint64_t>(pid), 0)}));
    WriteFile(CoveragePath(dir(), pid), CoverageBytes("\1"));
  }
  Collect();
  EXPECT_EQ(execution_.events.size(), written);
  EXPECT_EQ(execution_.pids.size(), written);
  EXPECT_TRUE(
      std::is_sorted(execution_.events.begin(), execution_.events.end(),
                     [](const Event& a, const Event& b) { return a.timestamp < b.timestamp; }));
  EXPECT_THAT(execution_.hits, ElementsAre(Hit{0, 255}));
  EXPECT_THAT(test::ListNames(dir()), SizeIs(1));
}

TEST_F(FileLaneTest, RealProcessesAreCollected) {
  const uint64_t start = test::MonotonicNow();
  const test::Ended ended = test::RunProgram(
      {.argv = {std::string(FLOWMON_BINARY_DIR) + "/bin/concurrent_steps", "forks"},
       .environment = {{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", dir()}}});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  Collect(start);
  EXPECT_THAT(execution_.pids, SizeIs(4));
  std::vector<uint32_t> ids;
  for (const Event& event : execution_.events) ids.push_back(event.id);
  EXPECT_THAT(ids, ElementsAre(0, 1, 2, 3, 3, 2, 1, 0));
  EXPECT_EQ(execution_.num_sinks, 4u);
  EXPECT_EQ(execution_.events_produced, 8u);
  EXPECT_THAT(test::ListNames(dir()), IsEmpty());
}

}  // namespace
}  // namespace flowmon
