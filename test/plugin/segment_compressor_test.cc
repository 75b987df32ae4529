#include "plugin/segment_compressor.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "plugin/record_reader.h"
#include "plugin/segments.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::ReadFile;
using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::HasSubstr;

void WaitUntil(const std::function<bool()>& condition) {
  for (int i = 0; i < 6000 && !condition(); ++i) usleep(10'000);
  EXPECT_TRUE(condition()) << "in a minute";
}

std::string Lines(uint64_t segment, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += "segment " + std::to_string(segment) + " line " + std::to_string(i) + "\n";
  return text;
}

class SegmentCompressorTest : public testing::Test {
 protected:
  std::unique_ptr<SegmentCompressor> Start(uint64_t last_segment) {
    auto compressor = SegmentCompressor::Start(dir_.path(), last_segment);
    EXPECT_TRUE(compressor.ok()) << compressor.status();
    return *std::move(compressor);
  }
  std::string Plain(uint64_t number) const { return dir_ / SegmentName(number); }
  std::string Compressed(uint64_t number) const { return Plain(number) + ".zst"; }
  // By the tool that users have.
  std::string Decompress(uint64_t number) const {
    const test::Ended ended = test::RunProgram({.argv = {"zstd", "-dc", Compressed(number)}});
    EXPECT_EQ(ended.exit_code, 0);
    return ended.output;
  }
  void WaitUntilOnly(const std::vector<std::string>& names) {
    WaitUntil([&] { return test::ListNames(dir_.path()) == names; });
  }

  const TempDir dir_;
};

TEST_F(SegmentCompressorTest, CompressesWhatIsThereAndWhatIsFinishedLater) {
  WriteFile(Plain(1), Lines(1, 50'000));
  WriteFile(Plain(2), "");
  const auto compressor = Start(2);
  WaitUntilOnly({"executions.000001.jsonl.zst", "executions.000002.jsonl.zst"});
  EXPECT_EQ(Decompress(1), Lines(1, 50'000));
  EXPECT_EQ(Decompress(2), "");
  EXPECT_LT(std::filesystem::file_size(Compressed(1)), Lines(1, 50'000).size() / 4);
  WriteFile(Plain(3), Lines(3, 10));
  compressor->SetLastSegment(3);
  WaitUntil([&] { return !std::filesystem::exists(Plain(3)); });
  EXPECT_EQ(Decompress(3), Lines(3, 10));
  EXPECT_EQ(compressor->num_failures(), 0u);
}

TEST_F(SegmentCompressorTest, WhatIsNotFinishedIsLeftAlone) {
  WriteFile(Plain(1), "a\n");
  WriteFile(Plain(2), "b\n");
  WriteFile(dir_ / "executions.jsonl", "c\n");
  const auto compressor = Start(1);
  WaitUntilOnly({"executions.000001.jsonl.zst", "executions.000002.jsonl", "executions.jsonl"});
}

TEST_F(SegmentCompressorTest, FilesAreTheirOwnersAlone) {
  WriteFile(Plain(1), "a\n");
  const auto compressor = Start(1);
  WaitUntilOnly({"executions.000001.jsonl.zst"});
  EXPECT_EQ(std::filesystem::status(Compressed(1)).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// Its predecessor was killed between the last two steps.
TEST_F(SegmentCompressorTest, ASegmentThatIsThereTwiceIsCompressedAgain) {
  WriteFile(Plain(1), "a\n");
  WriteFile(Compressed(1), "old");
  const auto compressor = Start(1);
  WaitUntilOnly({"executions.000001.jsonl.zst"});
  EXPECT_EQ(Decompress(1), "a\n");
}

TEST_F(SegmentCompressorTest, TheEndGivesUpTheSegmentInProgress) {
  WriteFile(Plain(1), "a\n");
  std::filesystem::resize_file(Plain(1), uint64_t{64} << 30);  // sparse; many seconds of work
  auto compressor = Start(1);
  WaitUntil([&] { return std::filesystem::exists(Compressed(1) + ".tmp"); });
  compressor.reset();
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("executions.000001.jsonl"));
}

TEST_F(SegmentCompressorTest, AFullDiskLeavesThePlainSegmentAndIsCounted) {
  WriteFile(Plain(1), Lines(1, 1000));
  WriteFile(Plain(2), Lines(2, 1000));
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  const struct rlimit tight = {10, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);  // its signal, too, is blocked in that thread
  const auto compressor = Start(1);
  WaitUntil([&] { return compressor->num_failures() == 1; });
  setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_EQ(compressor->last_error(), EFBIG);
  EXPECT_THAT(test::ListNames(dir_.path()),
              ElementsAre("executions.000001.jsonl", "executions.000002.jsonl"));
  compressor->SetLastSegment(2);  // tried again
  WaitUntilOnly({"executions.000001.jsonl.zst", "executions.000002.jsonl.zst"});
  EXPECT_EQ(Decompress(1), Lines(1, 1000));
  EXPECT_EQ(compressor->num_failures(), 1u);
}

TEST_F(SegmentCompressorTest, ALinkIsNotFollowed) {
  WriteFile(dir_ / "victim", "a\n");
  std::filesystem::create_symlink(dir_ / "victim", Plain(1));
  const auto compressor = Start(1);
  WaitUntil([&] { return compressor->num_failures() == 1; });
  EXPECT_EQ(compressor->last_error(), ELOOP);
  EXPECT_TRUE(std::filesystem::is_symlink(Plain(1)));
}

TEST_F(SegmentCompressorTest, AMissingDirectoryIsCounted) {
  const auto compressor = *SegmentCompressor::Start("/nowhere", 1);
  WaitUntil([&] { return compressor->num_failures() == 1; });
}

// A signal must reach the thread that afl-fuzz expects it in, and its core is the fuzzer's.
TEST_F(SegmentCompressorTest, TheThreadKeepsOutOfTheWay) {
  cpu_set_t before, allowed;
  sched_getaffinity(0, sizeof(before), &before);
  memset(&allowed, 0xff, sizeof(allowed));
  sched_setaffinity(0, sizeof(allowed), &allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  int core = 0;
  while (CPU_ISSET(core, &before) == 0) ++core;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  sched_setaffinity(0, sizeof(one), &one);  // as afl-fuzz binds itself

  sigset_t mask_before, mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  const auto compressor = Start(0);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int number = 1; number < NSIG; ++number)
    EXPECT_EQ(sigismember(&mask_before, number), sigismember(&mask_after, number)) << number;
  pid_t thread = 0;
  WaitUntil([&] {
    for (const std::string& name : test::ListNames("/proc/self/task"))
      if (ReadFile("/proc/self/task/" + name + "/comm") == "flowmon-zstd\n")
        thread = std::stoi(name);
    return thread != 0 && sched_getscheduler(thread) == SCHED_IDLE;
  });
  WaitUntil([&] {
    cpu_set_t cores;
    sched_getaffinity(thread, sizeof(cores), &cores);
    return CPU_EQUAL(&cores, &allowed) != 0;
  });
  sched_setaffinity(0, sizeof(before), &before);
  // All but SIGKILL, SIGSTOP and the two that the C library keeps for itself.
  EXPECT_THAT(ReadFile("/proc/self/task/" + std::to_string(thread) + "/status"),
              HasSubstr("SigBlk:\tfffffffe7ffbfeff"));
}

// Whatever is killed at any point, each line is read once.
TEST_F(SegmentCompressorTest, AKillLosesNothing) {
  constexpr uint64_t kNumSegments = 12;
  constexpr size_t kNumLines = 4000;
  std::string expected;
  for (uint64_t number = 1; number <= kNumSegments; ++number) {
    WriteFile(Plain(number), Lines(number, kNumLines));
    expected += Lines(number, kNumLines);
  }
  for (useconds_t round = 0; round < 40; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      const auto compressor = SegmentCompressor::Start(dir_.path(), kNumSegments);
      pause();
      _exit(0);
    }
    usleep(round * 100);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const auto reader = RecordReader::Open(dir_.path());
    std::string found;
    while (const auto line = (*reader)->Next()) found.append(*line) += '\n';
    ASSERT_TRUE(found == expected) << "round " << round;
    ASSERT_TRUE((*reader)->problems().empty());
  }
  RemoveUnfinishedSegments(dir_.path());  // as the next campaign does
  const auto compressor = Start(kNumSegments);
  const auto is_compressed = testing::EndsWith(".zst");
  WaitUntil(
      [&] { return testing::Matches(testing::Each(is_compressed))(test::ListNames(dir_.path())); });
  EXPECT_THAT(test::ListNames(dir_.path()), testing::SizeIs(kNumSegments));
}

}  // namespace
}  // namespace flowmon
