#include "tools/target_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "flowdb/reader.h"
#include "plugin/correlator.h"
#include "plugin/processes.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Reads its input, from its argument or standard input, and does what the first byte says.
constexpr char kProgram[] = R"(#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char input[64], copy[64];
int main(int argc, char** argv) {
  const char* name = argc > 1 ? strchr(argv[1], '/') : NULL;
  FILE* file = name ? fopen(name, "r") : stdin;
  if (!file) return 3;
  size_t size = fread(input, 1, sizeof(input), file);
  fprintf(stderr, "read %zu bytes\n", size);
  if (input[0] == 'q') return 7;
  input[63] = 0;
  memcpy(copy, input, size);
  if (input[0] == 'a') abort();
  if (input[0] == 'm') return malloc((size_t)1 << 32) != NULL;
  if (input[0] == 'h') {
    volatile char* place = malloc(4);
    place[4] = 'x';
  }
  if (input[0] == 'f') {
    int child = fork();
    if (child) fprintf(stderr, "%d", child);
    while (1) pause();
  }
  return 0;
}
)";

const std::string kDriver = FLOWMON_SOURCE_DIR "/examples/driver.c";

class TargetRunTest : public ::testing::Test {
 protected:
  TargetRunTest() {
    workshop_.Write("main.c", kProgram);
    workshop_.Write("x.flowdb",
                    "SOURCE,1,main.c,11,0,0\nINTERMEDIATE,1,main.c,14,0,0\nSINK,1,main.c,15,0,0\n"
                    "FLOW,1,1,1,[1],in to copy\n");
    workshop_.set_database(Path("x.flowdb"));
    db_ = *ReadFlowDb(Path("x.flowdb"));
    config_.directory = shm_.path();
  }

  std::string Path(const std::string& name) const { return workshop_.Path(name); }
  void Build(std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"-g", "main.c", "-o", "program"};
    args.insert(args.end(), more.begin(), more.end());
    const Ended ended = workshop_.FlowCc(args);
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
  }
  TargetRunner Runner(TargetCommand command) {
    if (command.argv.empty()) command.argv = {Path("program")};
    if (command.timeout_ms == TargetCommand().timeout_ms) command.timeout_ms = 20000;  // busy?
    return *TargetRunner::Create(db_.db, config_, std::move(command));
  }
  TargetRun Run(TargetRunner& runner, const std::string& input) {
    workshop_.Write("input", input);
    const absl::StatusOr<TargetRun> run = runner.Run(Path("input"));
    EXPECT_TRUE(run.ok()) << run.status();
    return *run;
  }
  size_t NumComplete(const TargetRun& run) {
    return Correlator(db_.db, 1).Correlate(run.execution).flows.size();
  }

  Workshop workshop_;
  const TempDir shm_ = TempDir::InSharedMemory();
  FlowDbFile db_;
  Config::SharedMemory config_;
};

TEST_F(TargetRunTest, InputByStandardInputOrInsideAnArgument) {
  Build();
  for (const char* argument : {"", "@@", "--file=@@"}) {
    SCOPED_TRACE(argument);
    TargetCommand command{{Path("program")}};
    if (*argument != 0) command.argv.emplace_back(argument);
    TargetRunner runner = Runner(command);
    const TargetRun run = Run(runner, "hello");
    EXPECT_EQ(DescribeEnd(run), "exit 0");
    EXPECT_EQ(run.error_output, "read 5 bytes\n");
    ASSERT_THAT(run.execution.events, SizeIs(2));
    EXPECT_EQ(run.execution.events[0].size, 5u);
    EXPECT_EQ(NumComplete(run), 1u);
    EXPECT_TRUE(runner.is_attached());
  }
}

TEST_F(TargetRunTest, RunsDoNotMix) {
  Build();
  for (const LaneMode mode : {LaneMode::kSession, LaneMode::kFiles}) {
    config_.mode = mode;
    TargetRunner runner = Runner({});
    EXPECT_EQ(NumComplete(Run(runner, "one")), 1u);
    const TargetRun quit = Run(runner, "q");
    EXPECT_EQ(quit.exit_code, 7);
    EXPECT_THAT(quit.execution.events, SizeIs(1));
    EXPECT_EQ(NumComplete(quit), 0u);
    EXPECT_EQ(NumComplete(Run(runner, "two")), 1u);
    EXPECT_EQ(runner.CompareDatabase(db_.content_hash), DatabaseFit::kNoDifference);
    EXPECT_EQ(runner.CompareDatabase(~db_.content_hash), DatabaseFit::kOther);
  }
  EXPECT_THAT(ListNames(shm_.path()), IsEmpty());
}

TEST_F(TargetRunTest, CrashKeepsWhatCameBefore) {
  Build();
  TargetRunner runner = Runner({});
  const TargetRun run = Run(runner, "abort");
  EXPECT_EQ(run.signal, SIGABRT);
  EXPECT_TRUE(run.crashed());
  EXPECT_EQ(DescribeEnd(run), "SIGABRT");
  EXPECT_EQ(NumComplete(run), 1u);
}

TEST_F(TargetRunTest, TimeOutEndsTheWholeGroup) {
  Build();
  TargetRunner runner = Runner({.argv = {}, .timeout_ms = 2000});
  const TargetRun run = Run(runner, "forks");
  EXPECT_TRUE(run.timed_out);
  EXPECT_FALSE(run.crashed());
  EXPECT_EQ(DescribeEnd(run), "time-out");
  EXPECT_EQ(NumComplete(run), 1u);
  const std::string child = run.error_output.substr(run.error_output.find('\n') + 1);
  const auto is_gone = [&] {
    const std::string stat = ReadProcFile("/proc/" + child + "/stat");
    return StatFields(stat).empty() || StatFields(stat)[0] == "Z";
  };
  ASSERT_GT(std::stoi(child), 0);
  for (int i = 0; i < 10'000 && !is_gone(); ++i) usleep(1000);
  EXPECT_TRUE(is_gone());
}

TEST_F(TargetRunTest, MemoryLimit) {
  Build();
  TargetRunner unlimited = Runner({});
  EXPECT_EQ(Run(unlimited, "memory").exit_code, 1);
  TargetRunner limited = Runner({.argv = {}, .memory_mib = 1000});
  EXPECT_EQ(Run(limited, "memory").exit_code, 0);
}

TEST_F(TargetRunTest, AddressSanitizerEndsBySignal) {
  Build({"-fsanitize=address"});
  TargetRunner runner = Runner({});
  const TargetRun run = Run(runner, "heap");
  EXPECT_EQ(run.signal, SIGABRT);
  EXPECT_THAT(run.error_output, HasSubstr("heap-buffer-overflow"));
  EXPECT_EQ(NumComplete(run), 1u);
}

TEST_F(TargetRunTest, PersistentTargetRunsOnce) {
  Workshop afl("afl-clang-fast");
  afl.Write("harness.c", R"(#include <stddef.h>
#include <stdint.h>
static char first;
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) first = (char)data[0];
  return first == 'x';
}
)");
  afl.Write("y.flowdb", "SOURCE,1,harness.c,4,0,0\nSINK,1,harness.c,5,0,0\nFLOW,1,1,1,[],d\n");
  afl.set_database(afl.Path("y.flowdb"));
  const Ended ended = afl.FlowCc({"-g", "harness.c", kDriver, "-o", "program"});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  db_ = *ReadFlowDb(afl.Path("y.flowdb"));
  for (const char* argument : {"", "@@"}) {
    TargetCommand command{{afl.Path("program")}};
    if (*argument != 0) command.argv.emplace_back(argument);
    TargetRunner runner = Runner(command);
    for (int i = 0; i < 2; ++i) {
      const TargetRun run = Run(runner, "some");
      EXPECT_EQ(DescribeEnd(run), "exit 0");
      ASSERT_THAT(run.execution.events, SizeIs(2)) << argument;
      EXPECT_EQ(NumComplete(run), 1u);
    }
  }
}

TEST_F(TargetRunTest, WhatCannotBeHadIsSaid) {
  TargetRunner none = Runner({{"/nowhere/program"}});
  workshop_.Write("input", "");
  EXPECT_EQ(none.Run(Path("input")).status().message(),
            "cannot run /nowhere/program: No such file or directory");
  TargetRunner runner = Runner({{"/bin/true"}});
  EXPECT_EQ(runner.Run("/nowhere/input").status().message(),
            "cannot read /nowhere/input: No such file or directory");
  EXPECT_EQ(DescribeEnd(Run(runner, "")), "exit 0");
  EXPECT_FALSE(runner.is_attached());
  EXPECT_EQ(TargetRunner::Create(db_.db, config_, {}).status().message(),
            "no target: give it behind --");
}

TEST_F(TargetRunTest, OnlyTheEndOfTheErrorOutputIsKept) {
  TargetRunner runner =
      Runner({{"/bin/sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2; echo end >&2"}});
  const TargetRun run = Run(runner, "");
  EXPECT_EQ(run.error_output.size(), TargetRunner::kMaxErrorOutput);
  EXPECT_TRUE(run.error_output.ends_with("xend\n"));
}

}  // namespace
}  // namespace flowmon::test
