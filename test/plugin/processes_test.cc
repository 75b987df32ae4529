#include "plugin/processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <functional>
#include <sstream>
#include <string>

#include "test/plugin/process_files.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Whether `check` holds in a process of its own.
bool HoldsInChild(const std::function<bool()>& check) {
  const pid_t pid = fork();
  if (pid == 0) _exit(check() ? 0 : 1);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(ProcessesTest, ExistsUntilItWasWaitedFor) {
  EXPECT_TRUE(ProcessExists(getpid()));
  test::IdleProcess child;
  EXPECT_TRUE(ProcessExists(child.pid()));
  child.BecomeZombie();
  EXPECT_TRUE(ProcessExists(child.pid()));
  child.End();
  EXPECT_FALSE(ProcessExists(child.pid()));
}

TEST(ProcessesTest, AProcessThatWeMayNotSignalExists) {
  EXPECT_TRUE(HoldsInChild([] {
    return (geteuid() != 0 || setresuid(65534, 65534, 65534) == 0) && kill(1, 0) != 0 &&
           ProcessExists(1);
  }));
}

TEST(ProcessesTest, StartTimeIsField22OfStat) {
  const std::string stat = test::ReadFile("/proc/self/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  uint64_t start = 0;
  fields >> start;
  EXPECT_GT(start, 0u);
  EXPECT_EQ(ProcessStartTime(getpid()), start);
}

TEST(ProcessesTest, StartTimeIsTheSameForWhoeverAsks) {
  const test::IdleProcess child;
  const uint64_t start = ProcessStartTime(child.pid());
  EXPECT_GE(start, ProcessStartTime(getpid()));
  EXPECT_TRUE(HoldsInChild([&] { return ProcessStartTime(child.pid()) == start; }));
}

TEST(ProcessesTest, StartTimeOfWhatIsNotThereIsZero) {
  EXPECT_EQ(ProcessStartTime(test::DeadPid()), 0u);
  EXPECT_EQ(ProcessStartTime(0), 0u);
  EXPECT_EQ(ProcessStartTime(-1), 0u);
}

TEST(ProcessesTest, ACommandNameCannotDisguiseTheStartTime) {
  const uint64_t start = ProcessStartTime(getpid());
  for (const char* name : {"a) R 1 2 3", "(((", ")))", ") ", " ", "\n"})
    EXPECT_TRUE(HoldsInChild([&] {
      const uint64_t before = ProcessStartTime(getpid());
      return prctl(PR_SET_NAME, name) == 0 && before >= start &&
             ProcessStartTime(getpid()) == before;
    })) << name;
}

TEST(ProcessesTest, StatFieldsBeginWithTheState) {
  EXPECT_THAT(StatFields("1 (cat) R 2 3"), ElementsAre("R", "2", "3"));
  EXPECT_THAT(StatFields("1 (a b) c) S 4"), ElementsAre("S", "4"));
  EXPECT_THAT(StatFields("1 () Z"), ElementsAre("Z"));
  for (const char* bad : {"", "1", "1 (cat", ")", "1 (cat)"})
    EXPECT_THAT(StatFields(bad), IsEmpty());
}

TEST(ProcessesTest, ReadsAFileOfProcUpTo4KiB) {
  const test::TempDir dir;
  test::WriteFile(dir / "short", std::string("a\0b", 3));
  test::WriteFile(dir / "long", std::string(5000, 'x'));
  EXPECT_EQ(ReadProcFile(dir / "short"), std::string("a\0b", 3));
  EXPECT_EQ(ReadProcFile(dir / "long"), std::string(4096, 'x'));
  EXPECT_EQ(ReadProcFile(dir / "nowhere"), "");
  EXPECT_EQ(ReadProcFile(dir.path()), "");
}

}  // namespace
}  // namespace flowmon
