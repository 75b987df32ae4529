#include "plugin/run_witness.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

void TouchMemory() {
  constexpr size_t kSize = size_t{64} * 4096;
  void* const memory =
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (size_t i = 0; i < kSize; i += 4096) static_cast<volatile char*>(memory)[i] = 1;
}

// Does to its children what AFL++'s forkserver does, one command at a time.
class Forkserver {
 public:
  Forkserver() {
    EXPECT_EQ(pipe(commands_), 0);
    EXPECT_EQ(pipe(replies_), 0);
    pid_ = fork();
    if (pid_ == 0) Serve();
    close(commands_[0]);
    close(replies_[1]);
  }
  ~Forkserver() {
    close(commands_[1]);  // it ends its child, and itself
    waitpid(pid_, nullptr, 0);
    close(replies_[0]);
  }
  Forkserver(const Forkserver&) = delete;
  Forkserver& operator=(const Forkserver&) = delete;

  std::string pid() const { return std::to_string(pid_); }
  void RunOnce() { Command('r'); }
  // One round of a persistent child, which is stopped afterwards; the first one starts it.
  void RunPersistent() {
    child_ = Command('p');
    WaitUntilChildRests();
  }
  void EndPersistent() { Command('k'); }

 private:
  pid_t Command(char command) {
    pid_t child = 0;
    EXPECT_EQ(write(commands_[1], &command, 1), 1);
    EXPECT_EQ(read(replies_[0], &child, sizeof(child)), ssize_t{sizeof(child)});
    return child;
  }

  // A stop is told before the stopped one has left its core for good.
  void WaitUntilChildRests() const {
    const std::string path = "/proc/" + std::to_string(child_) + "/schedstat";
    std::string before, now = test::ReadFile(path);
    do {
      before = now;
      usleep(20000);
      now = test::ReadFile(path);
    } while (now != before);
  }

  [[noreturn]] void Serve() {
    close(commands_[1]);
    close(replies_[0]);
    pid_t persistent = 0;
    char command;
    while (read(commands_[0], &command, 1) == 1) {
      pid_t child = persistent;
      if (command == 'r') {
        child = fork();
        if (child == 0) {
          TouchMemory();
          _exit(0);
        }
        waitpid(child, nullptr, 0);
      } else if (command == 'p') {
        if (persistent == 0) {
          persistent = child = fork();
          if (child == 0)
            while (true) raise(SIGSTOP);
        } else {
          kill(child, SIGCONT);
        }
        waitpid(child, nullptr, WUNTRACED);
      } else {
        kill(persistent, SIGKILL);
        waitpid(persistent, nullptr, 0);
        persistent = 0;
      }
      if (write(replies_[1], &child, sizeof(child)) != sizeof(child)) break;
    }
    if (persistent != 0) kill(persistent, SIGKILL);
    _exit(0);
  }

  int commands_[2], replies_[2];
  pid_t pid_ = 0;
  pid_t child_ = 0;
};

class RunWitnessTest : public testing::Test {
 protected:
  RunWitnessTest() { Forget(); }
  ~RunWitnessTest() override { Forget(); }
  static void Forget() {
    unsetenv("__AFL_TARGET_PID1");
    unsetenv("__AFL_TARGET_PID2");
  }
  static void Announce(const char* name, const std::string& pid) { setenv(name, pid.c_str(), 1); }

  RunWitness witness_;
};

TEST_F(RunWitnessTest, SeesEachChildOfTheForkserver) {
  Forkserver forkserver;
  Announce("__AFL_TARGET_PID1", forkserver.pid());
  EXPECT_FALSE(witness_.TargetRan()) << "nothing ran yet";
  for (int i = 0; i < 10; ++i) {
    forkserver.RunOnce();
    EXPECT_TRUE(witness_.TargetRan());
    EXPECT_FALSE(witness_.TargetRan());
  }
}

TEST_F(RunWitnessTest, TheFirstCallSeesWhatRanBefore) {
  Forkserver forkserver;
  forkserver.RunOnce();
  Announce("__AFL_TARGET_PID1", forkserver.pid());
  EXPECT_TRUE(witness_.TargetRan());
}

TEST_F(RunWitnessTest, SeesEachRoundOfAPersistentChild) {
  Forkserver forkserver;
  Announce("__AFL_TARGET_PID1", forkserver.pid());
  for (int i = 0; i < 10; ++i) {
    forkserver.RunPersistent();
    EXPECT_TRUE(witness_.TargetRan()) << i;
    EXPECT_FALSE(witness_.TargetRan()) << i;
  }
}

TEST_F(RunWitnessTest, SeesTheEndOfAPersistentChildAndItsSuccessor) {
  Forkserver forkserver;
  Announce("__AFL_TARGET_PID1", forkserver.pid());
  for (int i = 0; i < 5; ++i) forkserver.RunPersistent();
  witness_.Note();
  forkserver.EndPersistent();
  forkserver.RunPersistent();
  EXPECT_TRUE(witness_.TargetRan());
  EXPECT_FALSE(witness_.TargetRan());
}

TEST_F(RunWitnessTest, NoteTakesWhatRanAsKnown) {
  Forkserver forkserver;
  Announce("__AFL_TARGET_PID1", forkserver.pid());
  forkserver.RunOnce();
  witness_.Note();
  EXPECT_FALSE(witness_.TargetRan());
  forkserver.RunOnce();
  EXPECT_TRUE(witness_.TargetRan());
}

TEST_F(RunWitnessTest, SeesCmplogsForkserverAsWell) {
  Forkserver first, second;
  Announce("__AFL_TARGET_PID1", first.pid());
  Announce("__AFL_TARGET_PID2", second.pid());
  first.RunOnce();
  EXPECT_TRUE(witness_.TargetRan());
  second.RunOnce();
  EXPECT_TRUE(witness_.TargetRan());
  EXPECT_FALSE(witness_.TargetRan());
}

TEST_F(RunWitnessTest, OtherChildrenOfTheHostAreNotTheForkservers) {
  Forkserver forkserver, stranger;
  Announce("__AFL_TARGET_PID1", forkserver.pid());
  witness_.Note();
  stranger.RunOnce();
  EXPECT_FALSE(witness_.TargetRan());
}

TEST_F(RunWitnessTest, WithoutForkserverSeesTheHostsOwnChildren) {
  witness_.Note();
  EXPECT_FALSE(witness_.TargetRan());
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      TouchMemory();
      _exit(0);
    }
    EXPECT_FALSE(witness_.TargetRan()) << "it is not over yet";
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(witness_.TargetRan());
    EXPECT_FALSE(witness_.TargetRan());
  }
}

TEST_F(RunWitnessTest, AForkserverThatIsGoneRunsNothing) {
  std::string pid;
  {
    const Forkserver forkserver;
    pid = forkserver.pid();
  }
  for (const std::string& name : {pid, std::string("abc"), std::string("../.."), std::string()}) {
    Announce("__AFL_TARGET_PID1", name);
    RunWitness witness;
    EXPECT_FALSE(witness.TargetRan()) << name;
  }
}

}  // namespace
}  // namespace flowmon
