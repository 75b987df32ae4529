// SIGKILL of afl-fuzz, of the forkserver and of the child, in any order: nothing is left in shared
// memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "test/e2e/campaign.h"

namespace flowmon::test {
namespace {

using testing::ElementsAreArray;

pid_t FirstChild(pid_t pid) {
  const std::string id = std::to_string(pid);
  pid_t child = 0;
  std::ifstream("/proc/" + id + "/task/" + id + "/children") >> child;
  return child;
}

bool IsGone(pid_t pid) {
  std::string id, name, state;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  return !(stat >> id >> name >> state) || state == "Z" || state == "X";
}

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 3000 && !condition(); ++i) usleep(10000);
  return condition();
}

// Names of ours, whoever's: other campaigns may begin and end meanwhile, so only what this one
// could have left is looked at.
std::vector<std::string> NamesOf(pid_t pid) {
  std::vector<std::string> names = ListNames("/dev/shm");
  std::erase_if(names, [&](const std::string& name) {
    return name.find("_" + std::to_string(pid)) == std::string::npos;
  });
  return names;
}

class KilledTest : public testing::TestWithParam<std::string> {};

TEST_P(KilledTest, NothingIsLeftWhoeverIsKilledFirst) {
  std::array<int, 3> order = {0, 1, 2};  // afl-fuzz, the forkserver, the child
  do {
    Campaign campaign(GetParam());
    campaign.target = "steps_persistent";
    campaign.arguments = {"-s", "1", "-V", "60"};
    campaign.environment["FLOW_SHM_DIR"] = "";  // the real /dev/shm
    RunningProgram running(campaign.Command());
    const pid_t host = running.pid();
    pid_t forkserver = 0, child = 0;
    ASSERT_TRUE(Eventually([&] {
      forkserver = FirstChild(host);
      child = forkserver != 0 ? FirstChild(forkserver) : 0;
      return child != 0 && campaign.RealRuns() > 50;
    }));
    EXPECT_THAT(NamesOf(host), ElementsAreArray(std::vector<std::string>{}));
    std::vector<pid_t> started = {host, forkserver, child};
    for (const int victim : order) {
      // Whoever is left may have started others meanwhile.
      for (pid_t pid : std::vector<pid_t>(started))
        for (pid = FirstChild(pid); pid != 0; pid = FirstChild(pid)) started.push_back(pid);
      kill(started[victim], SIGKILL);
    }
    running.Wait();
    for (const pid_t pid : started) kill(pid, SIGKILL);
    for (const pid_t pid : started) {
      EXPECT_TRUE(Eventually([&] { return IsGone(pid); })) << pid;
      EXPECT_THAT(NamesOf(pid), ElementsAreArray(std::vector<std::string>{}));
    }
  } while (std::ranges::next_permutation(order).found);
}

INSTANTIATE_TEST_SUITE_P(Afl, KilledTest, testing::ValuesIn(AflVersions()), VersionName);

}  // namespace
}  // namespace flowmon::test
