// `flowmon crashes` on inputs that really crash and hang a target; a campaign's own:
// test/e2e/crashes_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "flowdb/str_cat.h"
#include "test/instrument/flow_cc_harness.h"
#include "tools/commands.h"

namespace flowmon::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProgram[] = R"(#include <stdlib.h>
#include <string.h>
#include <unistd.h>
char input[64], first[64], second[64];
int main(void) {
  long size = read(0, input, 63);
  for (int i = 0; i < 40; ++i)
    memcpy(first, input, (size_t)size);
  if (input[0] == 'c') abort();
  if (input[0] == 'h') while (1) pause();
  if (input[0] != 's') second[0] = 1;
  memcpy(second, first, (size_t)size);
  return 3;
}
)";
constexpr char kDatabase[] = R"(SOURCE,1,main.c,6,0,0
SINK,1,main.c,8,0,0
SINK,2,main.c,12,0,0
INTERMEDIATE,1,main.c,9,0,0
INTERMEDIATE,2,main.c,11,24,36
FLOW,1,1,1,[],into first
FLOW,2,1,2,[1,2],into second
)";

class CmdCrashesTest : public ::testing::Test {
 protected:
  CmdCrashesTest() {
    workshop_.Write("main.c", kProgram);
    workshop_.Write("x.flowdb", kDatabase);
    workshop_.set_database(Path("x.flowdb"));
    EXPECT_EQ(workshop_.FlowCc({"-g", "main.c", "-o", "program"}).exit_code, 0);
    Write("out/main/crashes/id:000000,sig:06", "crash");
    Write("out/main/crashes/README.txt", "not an input");
    Write("out/main/cmdline", "./program\n");
    Write("out/main/flowmon/flowmon_stats",
          StrCat("flowdb : ", Path("x.flowdb"), "\nflowdb_hash : 0x0\n"));
  }

  std::string Path(const std::string& name) const { return workshop_.Path(name); }
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    workshop_.Write(name, text);
  }
  Ended Crashes(std::vector<std::string> args) {
    if (args[0] != "-t") args.insert(args.begin(), {"-t", "20000"});  // the machine may be busy
    args.insert(args.begin(), {FLOWMON_BINARY_DIR "/bin/flowmon", "crashes"});
    return RunProgram({.argv = std::move(args),
                       .environment = {{"FLOW_SHM_DIR", shm_.path()}},
                       .directory = Path("")});
  }

  Workshop workshop_;
  const TempDir shm_ = TempDir::InSharedMemory();
};

TEST_F(CmdCrashesTest, WhatWasCompleteAndWhatWasOpen) {
  const Ended ended = Crashes({"out"});
  EXPECT_EQ(ended.exit_code, kExitOk);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("x.flowdb has changed since the campaign began"),
                    ContainsRegex("id:000000,sig:06 +crash +SIGABRT +1 +2 \\(1 of 2\\)"),
                    HasSubstr("id:000000,sig:06: SIGABRT after "),
                    HasSubstr("the last of 41 events:\n"), ContainsRegex("SINK +1 +main.c:8 +5 B"),
                    Not(HasSubstr("SOURCE")), Not(HasSubstr("README"))));
}

TEST_F(CmdCrashesTest, HangsTimeOut) {
  Write("out/main/hangs/id:000000", "hang");
  const Ended ended = Crashes({"-t", "2000", "--events", "41", "out/main", "--flowdb", "x.flowdb"});
  EXPECT_EQ(ended.exit_code, kExitOk);
  EXPECT_THAT(ended.output, AllOf(ContainsRegex("id:000000 +hang +time-out +1 +2 \\(1 of 2\\)"),
                                  ContainsRegex("\\+0 ns +SOURCE 1 +main.c:6 +4 B"),
                                  Not(HasSubstr("has changed"))));
}

TEST_F(CmdCrashesTest, NotReproduced) {
  Write("out/main/crashes/id:000001,sig:11", "fine");
  Write("out/main/hangs/id:000000", "fine, too");
  const Ended ended = Crashes({"out"});
  EXPECT_EQ(ended.exit_code, kExitFindings);
  EXPECT_THAT(ended.output,
              AllOf(ContainsRegex("id:000001,sig:11 +crash +exit 3, not reproduced +1, 2 +-"),
                    ContainsRegex("id:000000 +hang +exit 3, not reproduced"),
                    ContainsRegex("id:000000,sig:06 +crash +SIGABRT +1")));
}

TEST_F(CmdCrashesTest, ADirectoryOfInputsWithATargetOfOnesOwn) {
  Write("in/a", "crash");
  Write("in/b", "fine");
  const Ended ended = Crashes({"in", "--flowdb", "x.flowdb", "--", "./program", "-x", "in2"});
  EXPECT_EQ(ended.exit_code, kExitOk) << ended.output;
  EXPECT_THAT(ended.output, AllOf(ContainsRegex("a +input +SIGABRT +1 "),
                                  ContainsRegex("b +input +exit 3 +1, 2 ")));
}

TEST_F(CmdCrashesTest, Json) {
  const Ended ended = Crashes({"--json", "--flowdb", "x.flowdb", "out"});
  const nlohmann::json json = nlohmann::json::parse(ended.output);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["directory"], "out/main");
  EXPECT_EQ(json[0]["attached"], true);
  const nlohmann::json& crash = json[0]["inputs"][0];
  EXPECT_EQ(crash["input"], "out/main/crashes/id:000000,sig:06");
  EXPECT_EQ(crash["kind"], "crash");
  EXPECT_EQ(crash["end"], "SIGABRT");
  EXPECT_EQ(crash["reproduced"], true);
  EXPECT_EQ(crash["complete"], nlohmann::json::array({1}));
  EXPECT_EQ(crash["open"], nlohmann::json::parse(R"([{"flow_id":2,"steps":1,"of":2}])"));
  EXPECT_EQ(crash["events"], 41);
  EXPECT_EQ(crash["last_events"].size(), 5u);
  EXPECT_EQ(crash["last_events"][4]["place"], "main.c:8");
}

TEST_F(CmdCrashesTest, TargetThatDoesNotReport) {
  const Ended ended =
      Crashes({"out", "--flowdb", "x.flowdb", "--", "/bin/sh", "-c", "kill -SEGV $$"});
  EXPECT_THAT(ended.output, AllOf(ContainsRegex("crash +SIGSEGV +- +-"),
                                  HasSubstr("The target has not attached: `flowmon doctor`")));
}

TEST_F(CmdCrashesTest, AnotherDatabase) {
  Write("y.flowdb", StrCat(kDatabase, "# another\n"));
  EXPECT_THAT(Crashes({"out", "--flowdb", "y.flowdb"}).output,
              HasSubstr("the target was compiled with another database"));
}

TEST_F(CmdCrashesTest, NoCrashes) {
  std::filesystem::remove_all(Path("out/main/crashes"));
  std::filesystem::create_directories(Path("out/main/hangs"));
  const Ended ended = Crashes({"out", "--flowdb", "x.flowdb"});
  EXPECT_EQ(ended.exit_code, kExitOk);
  EXPECT_THAT(ended.output, HasSubstr("no crashes and no hangs"));
}

TEST_F(CmdCrashesTest, WrongUsage) {
  const auto expect = [&](std::vector<std::string> args, const std::string& sentence) {
    const Ended ended = Crashes(std::move(args));
    EXPECT_EQ(ended.exit_code, kExitUsage);
    EXPECT_THAT(ended.output, HasSubstr(sentence));
  };
  expect({"nowhere"}, "DIR is required");
  expect({"out", "out"}, "flowmon: out is given twice");
  expect({"out", "--flowdb", "none.flowdb"}, "none.flowdb");
  expect({"out", "--flowdb", "x.flowdb", "--", "./none"},
         "flowmon: cannot run ./none: No such file or directory");
  std::filesystem::remove(Path("out/main/cmdline"));
  expect({"out"}, "flowmon: out/main does not tell its target: give it behind --");
  std::filesystem::remove_all(Path("out/main/flowmon"));
  expect({"out"}, "flowmon: out/main does not tell its flow database: name it with --flowdb");
}

}  // namespace
}  // namespace flowmon::test
