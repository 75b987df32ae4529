#include "plugin/campaign_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "plugin/processes.h"
#include "test/plugin/process_files.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using test::CoveragePath;
using test::EventsPath;
using test::IdleProcess;
using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CampaignDirTest : public testing::Test {
 protected:
  // Of a campaign with this owner; relative to the base.
  std::string MakeCampaign(pid_t pid, uint64_t start_time) {
    std::string name = "flowmon_" + std::to_string(pid) + "_" + std::to_string(start_time);
    std::filesystem::create_directory(base_ / name);
    return name;
  }
  std::vector<std::string> Leftovers(bool bare_files = false) const {
    std::vector<std::string> names;
    for (const Leftover& leftover : FindLeftovers(base_.path(), bare_files)) {
      EXPECT_EQ(leftover.is_directory, std::filesystem::is_directory(leftover.path));
      names.push_back(std::filesystem::path(leftover.path).filename());
    }
    return names;
  }

  const TempDir base_ = TempDir::InSharedMemory();
  const pid_t dead_ = test::DeadPid();
};

TEST_F(CampaignDirTest, IsNamedByItsOwnerAndOpenToNobodyElse) {
  const mode_t mask = umask(0);
  const absl::StatusOr<std::string> path = CreateCampaignDirectory(base_.path());
  umask(mask);
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, (base_ / "flowmon_") + std::to_string(getpid()) + "_" +
                       std::to_string(ProcessStartTime(getpid())));
  struct stat info;
  ASSERT_EQ(lstat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode, S_IFDIR | 0700u);
}

TEST_F(CampaignDirTest, IsNeverTakenOver) {
  const std::string name = MakeCampaign(getpid(), ProcessStartTime(getpid()));
  const auto path = CreateCampaignDirectory(base_.path());
  ASSERT_FALSE(path.ok());
  EXPECT_THAT(std::string(path.status().message()), HasSubstr(name));
  EXPECT_THAT(std::string(path.status().message()), HasSubstr("File exists"));
}

TEST_F(CampaignDirTest, APlantedLinkIsNotFollowed) {
  const TempDir elsewhere;
  const std::string name = MakeCampaign(getpid(), ProcessStartTime(getpid()));
  std::filesystem::remove(base_ / name);
  std::filesystem::create_directory_symlink(elsewhere.path(), base_ / name);
  EXPECT_FALSE(CreateCampaignDirectory(base_.path()).ok());
}

TEST_F(CampaignDirTest, RemovesItselfWithTheFilesInIt) {
  const TempDir elsewhere;
  WriteFile(elsewhere / "victim", "precious");
  const std::string path = base_ / MakeCampaign(dead_, 1);
  WriteFile(EventsPath(path, dead_), "x");
  WriteFile(path + "/notes.txt", "x");
  std::filesystem::create_directory_symlink(elsewhere.path(), path + "/link");
  std::filesystem::create_directory(path + "/empty");
  EXPECT_TRUE(RemoveCampaignDirectory(path));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(test::ReadFile(elsewhere / "victim"), "precious");
}

TEST_F(CampaignDirTest, WhatIsGoneIsRemoved) {
  EXPECT_TRUE(RemoveCampaignDirectory(base_ / "flowmon_1_1"));
  EXPECT_TRUE(RemoveLeftover({base_ / "flowmon_1_1", true}));
  EXPECT_TRUE(RemoveLeftover({base_ / "flow_events_1", false}));
}

TEST_F(CampaignDirTest, ATreeInsideIsNotRemoved) {
  const std::string path = base_ / MakeCampaign(dead_, 1);
  std::filesystem::create_directories(path + "/a/b");
  WriteFile(path + "/file", "x");
  errno = 0;
  EXPECT_FALSE(RemoveLeftover({path, true}));
  EXPECT_EQ(errno, ENOTEMPTY);
  EXPECT_THAT(test::ListNames(path), ElementsAre("a"));
}

TEST_F(CampaignDirTest, ALinkInsteadOfTheDirectoryIsNotFollowed) {
  const TempDir elsewhere;
  WriteFile(elsewhere / "victim", "precious");
  const std::string path = base_ / "flowmon_1_1";
  std::filesystem::create_directory_symlink(elsewhere.path(), path);
  errno = 0;
  EXPECT_FALSE(RemoveCampaignDirectory(path));
  EXPECT_NE(errno, 0);
  EXPECT_EQ(test::ReadFile(elsewhere / "victim"), "precious");
}

TEST_F(CampaignDirTest, AWriterThatIsStillAtItCannotHoldTheRemovalUp) {
  const std::string path = base_ / MakeCampaign(dead_, 1);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const int fd = creat(EventsPath(path, 1 + i % 1000).c_str(), 0600);
      if (fd >= 0) close(fd);
    }
  });
  const bool removed = RemoveCampaignDirectory(path);
  EXPECT_EQ(removed, !std::filesystem::exists(path));
  stop = true;
  writer.join();
  EXPECT_TRUE(RemoveCampaignDirectory(path));
}

TEST_F(CampaignDirTest, FindsTheDirectoryOfADeadOwner) {
  const std::string name = MakeCampaign(dead_, 12345);
  EXPECT_THAT(Leftovers(), ElementsAre(name));
  for (const Leftover& leftover : FindLeftovers(base_.path(), false))
    EXPECT_TRUE(RemoveLeftover(leftover));
  EXPECT_THAT(test::ListNames(base_.path()), IsEmpty());
}

TEST_F(CampaignDirTest, ALiveOwnerKeepsItsDirectory) {
  ASSERT_TRUE(CreateCampaignDirectory(base_.path()).ok());
  EXPECT_THAT(Leftovers(true), IsEmpty());
}

TEST_F(CampaignDirTest, AReusedPidDoesNotKeepTheDirectory) {
  const std::string name = MakeCampaign(getpid(), ProcessStartTime(getpid()) + 1);
  EXPECT_THAT(Leftovers(), ElementsAre(name));
}

TEST_F(CampaignDirTest, ADeadOwnerWhoseStartTimeWasUnknownIsDead) {
  const std::string name = MakeCampaign(dead_, 0);
  EXPECT_THAT(Leftovers(), ElementsAre(name));
}

TEST_F(CampaignDirTest, ALiveWriterKeepsTheDirectoryOfADeadOwner) {
  const std::string name = MakeCampaign(dead_, 1);
  IdleProcess writer;
  WriteFile(EventsPath(base_ / name, dead_), "x");
  for (const std::string& path :
       {EventsPath(base_ / name, writer.pid()), CoveragePath(base_ / name, writer.pid())}) {
    WriteFile(path, "x");
    EXPECT_THAT(Leftovers(), IsEmpty());
    std::filesystem::remove(path);
    EXPECT_THAT(Leftovers(), ElementsAre(name));
  }
  WriteFile(EventsPath(base_ / name, writer.pid()), "x");
  writer.End();
  EXPECT_THAT(Leftovers(), ElementsAre(name));
}

TEST_F(CampaignDirTest, NamesThatAreNotQuiteOursAreNobodysBusiness) {
  const std::string pid = std::to_string(dead_);
  const std::string names[] = {
      "flowmon",
      "flowmon_",
      "flowmon_" + pid,
      "flowmon_" + pid + "_",
      "flowmon__1",
      "flowmon_" + pid + "_1_backup",
      "flowmon_" + pid + "_1 ",
      "flowmon_ " + pid + "_1",
      "flowmon_+" + pid + "_1",
      "flowmon_0" + pid + "_1",
      "flowmon_" + pid + "_01",
      "flowmon_" + pid + "_-1",
      "flowmon_0_1",
      "flowmon_-1_1",
      "flowmon_99999999999_1",
      "flowmon_" + pid + "_99999999999999999999",
      "flowmon_" + pid + "_x",
      "xflowmon_" + pid + "_1",
      "flow_events_" + pid,
  };
  for (const std::string& name : names) std::filesystem::create_directory(base_ / name);
  EXPECT_THAT(Leftovers(true), IsEmpty());
}

TEST_F(CampaignDirTest, ALinkUnderOurNameIsNoLeftover) {
  const TempDir elsewhere;
  std::filesystem::create_directory_symlink(elsewhere.path(),
                                            base_ / ("flowmon_" + std::to_string(dead_) + "_1"));
  std::filesystem::create_symlink(elsewhere.path(), EventsPath(base_.path(), dead_));
  EXPECT_THAT(Leftovers(true), IsEmpty());
}

TEST_F(CampaignDirTest, APlainFileUnderADirectorysNameIsNoLeftover) {
  WriteFile(base_ / ("flowmon_" + std::to_string(dead_) + "_1"), "x");
  EXPECT_THAT(Leftovers(true), IsEmpty());
}

TEST_F(CampaignDirTest, BareFilesOnlyOnRequestAndOnlyOfTheDead) {
  const IdleProcess live;
  const pid_t pids[] = {dead_, live.pid()};
  for (const pid_t pid : pids) {
    WriteFile(EventsPath(base_.path(), pid), "x");
    WriteFile(CoveragePath(base_.path(), pid), "x");
  }
  WriteFile(base_ / "flow_events_x", "x");
  WriteFile(base_ / "sem.other", "x");
  EXPECT_THAT(Leftovers(false), IsEmpty());
  EXPECT_THAT(Leftovers(true), ElementsAre("df_coverage_" + std::to_string(dead_),
                                           "flow_events_" + std::to_string(dead_)));
  for (const Leftover& leftover : FindLeftovers(base_.path(), true))
    EXPECT_TRUE(RemoveLeftover(leftover));
  EXPECT_EQ(test::ListNames(base_.path()).size(), 4u);
}

// Only root can give a directory away: for everybody else it stays his own, and is found.
TEST_F(CampaignDirTest, WhatBelongsToAnotherUserIsLeftAlone) {
  const std::string name = MakeCampaign(dead_, 1);
  const std::string file = EventsPath(base_.path(), dead_);
  WriteFile(file, "x");
  const uid_t other = geteuid() + 1;
  const bool is_foreign =
      chown((base_ / name).c_str(), other, -1) == 0 && chown(file.c_str(), other, -1) == 0;
  EXPECT_EQ(Leftovers(true).size(), is_foreign ? 0u : 2u);
}

TEST_F(CampaignDirTest, TheBaseItselfMayBeALink) {
  const TempDir elsewhere;
  const std::string name = MakeCampaign(dead_, 1);
  std::filesystem::create_directory_symlink(base_.path(), elsewhere / "shm");
  EXPECT_THAT(FindLeftovers(elsewhere / "shm", false), testing::SizeIs(1));
}

TEST_F(CampaignDirTest, ABaseThatIsNotThereHasNoLeftovers) {
  EXPECT_THAT(FindLeftovers(base_ / "nowhere", true), IsEmpty());
  WriteFile(base_ / "file", "x");
  EXPECT_THAT(FindLeftovers(base_ / "file", true), IsEmpty());
}

}  // namespace
}  // namespace flowmon
