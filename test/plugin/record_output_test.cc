#include "plugin/record_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "plugin/log.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using test::ReadFile;
using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint64_t kSecond = 1'000'000'000;

class RecordOutputTest : public testing::Test {
 protected:
  RecordOutputTest() { config_.min_free_mib = 0; }

  std::unique_ptr<RecordOutput> Open() {
    auto output = RecordOutput::Open(dir_.path(), config_);
    EXPECT_TRUE(output.ok()) << output.status();
    (*output)->Start(*OpenLog(dir_ / "log", LogLevel::kInfo));
    return *std::move(output);
  }
  static void Write(RecordOutput& output, const std::string& line, uint64_t now_ns) {
    output.buffer() += line;
    output.CommitLine(now_ns);
    output.Tick(now_ns);
  }
  std::string Written() const { return ReadFile(dir_ / "executions.jsonl"); }
  size_t TimesLogged(const std::string& text) const {
    const std::string log = ReadFile(dir_ / "log");
    size_t count = 0;
    for (size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }
  static void WaitUntil(const std::function<bool()>& condition) {
    for (int i = 0; i < 6000 && !condition(); ++i) usleep(10'000);
    EXPECT_TRUE(condition()) << "in a minute";
  }

  const TempDir dir_;
  Config::Output config_;
};

TEST_F(RecordOutputTest, GathersUntilTheBufferIsFull) {
  config_.buffer_kib = 1;
  const auto output = Open();
  const std::string line(499, 'x');
  for (int i = 0; i < 2; ++i) Write(*output, line + "\n", 1);
  EXPECT_EQ(Written().size(), 0u);
  Write(*output, line + "\n", 1);
  EXPECT_EQ(Written().size(), 1500u);
}

TEST_F(RecordOutputTest, GathersUntilTheIntervalHasPassed) {
  config_.flush_interval_ms = 2000;
  const auto output = Open();
  Write(*output, "a\n", kSecond);
  output->Tick(3 * kSecond - 1);
  EXPECT_EQ(Written(), "");
  output->Tick(3 * kSecond);
  EXPECT_EQ(Written(), "a\n");
}

TEST_F(RecordOutputTest, FlushEachAndUnbufferedWriteAtOnce) {
  for (const bool buffered : {true, false}) {
    config_.buffered = buffered;
    config_.flush_each = buffered;
    const auto output = Open();
    Write(*output, buffered ? "a\n" : "b\n", 1);
    EXPECT_EQ(Written(), buffered ? "a\n" : "a\nb\n");
  }
}

TEST_F(RecordOutputTest, FinishedSegmentsAreCompressed) {
  config_.flush_each = true;
  config_.rotate_mib = 1;
  WriteFile(dir_ / "executions.000007.jsonl", "left by an earlier campaign\n");
  const auto output = Open();
  Write(*output, std::string(size_t{1} << 20, 'x') + "\n", 1);
  WaitUntil([&] {
    return !std::filesystem::exists(dir_ / "executions.000007.jsonl") &&
           !std::filesystem::exists(dir_ / "executions.000008.jsonl");
  });
  EXPECT_THAT(test::ListNames(dir_.path()),
              ElementsAre("executions.000007.jsonl.zst", "executions.000008.jsonl.zst",
                          "executions.jsonl", "executions.lock", "log"));
}

TEST_F(RecordOutputTest, WithoutCompressionTheyStayPlain) {
  config_.flush_each = true;
  config_.rotate_mib = 1;
  config_.compress = false;
  {
    const auto output = Open();
    Write(*output, std::string(size_t{1} << 20, 'x') + "\n", 1);
    for (const std::string& thread : test::ListNames("/proc/self/task"))
      EXPECT_NE(ReadFile("/proc/self/task/" + thread + "/comm"), "flowmon-zstd\n");
  }
  EXPECT_THAT(test::ListNames(dir_.path()),
              ElementsAre("executions.000001.jsonl", "executions.jsonl", "executions.lock", "log"));
}

TEST_F(RecordOutputTest, WithoutRotationOneFileGrows) {
  config_.flush_each = true;
  config_.rotate_mib = 0;
  WriteFile(dir_ / "executions.jsonl", "");
  std::filesystem::resize_file(dir_ / "executions.jsonl", uint64_t{8} << 30);  // sparse
  std::ofstream(dir_ / "executions.jsonl", std::ios::app) << "\n";
  const auto output = Open();
  Write(*output, "a\n", 1);
  EXPECT_EQ(output->writer().last_segment(), 0u);
  EXPECT_EQ(output->writer().current_bytes(), (uint64_t{8} << 30) + 3);
}

TEST_F(RecordOutputTest, ALimitIsSaidOnceAndSoIsItsEnd) {
  config_.max_total_mib = 1;
  const auto output = Open();
  WriteFile(dir_ / "executions.000001.jsonl.zst", std::string(size_t{1} << 20, 'x'));
  for (uint64_t n = 1; n <= 3; ++n) output->Tick(n * kSecond);
  EXPECT_EQ(output->limit(), RecordLimit::kMaxTotal);
  EXPECT_EQ(TimesLogged("output.max_total_mib is reached in " + dir_.path()), 1u);
  output->CountOverLimit();
  std::filesystem::remove(dir_ / "executions.000001.jsonl.zst");
  for (uint64_t n = 4; n <= 6; ++n) output->Tick(n * kSecond);
  EXPECT_EQ(output->limit(), RecordLimit::kNone);
  EXPECT_EQ(TimesLogged("there is room for records again; 1 were left out so far"), 1u);
  EXPECT_EQ(output->num_over_limit(), 1u);
}

TEST_F(RecordOutputTest, LittleFreeSpaceIsALimit) {
  config_.min_free_mib = 1'000'000'000;
  const auto output = Open();
  output->Tick(kSecond);
  EXPECT_EQ(output->limit(), RecordLimit::kMinFree);
  EXPECT_EQ(TimesLogged("output.min_free_mib is reached"), 1u);
}

TEST_F(RecordOutputTest, AFileThatCannotBeFinishedIsSaidOnce) {
  config_.flush_each = true;
  config_.rotate_mib = 1;
  const auto output = Open();
  std::filesystem::create_directory(dir_ / "executions.jsonl.tmp");
  for (uint64_t n = 1; n <= 3; ++n)
    Write(*output, std::string(size_t{1} << 20, 'x') + "\n", n * kSecond);
  EXPECT_EQ(TimesLogged("cannot begin a new executions.jsonl: File exists"), 1u);
}

TEST_F(RecordOutputTest, ASegmentThatCannotBeCompressedIsSaidOnceAndCounted) {
  for (const char* name : {"executions.000001.jsonl", "executions.000002.jsonl"}) {
    WriteFile(dir_ / name, "x\n");
    std::filesystem::create_directories(dir_ / (std::string(name) + ".zst/not empty"));
  }
  const auto output = Open();
  WaitUntil([&] { return output->compressions_failed() == 2; });
  output->LogTroubles();
  output->LogTroubles();
  EXPECT_EQ(TimesLogged("cannot compress a segment of records: Is a directory"), 1u);
  EXPECT_THAT(test::ListNames(dir_.path()), testing::Contains("executions.000001.jsonl"));
}

TEST_F(RecordOutputTest, ATornLastLineIsInTheLog) {
  WriteFile(dir_ / "executions.jsonl", "whole\ntorn");
  Open();
  EXPECT_THAT(ReadFile(dir_ / "log"), HasSubstr("cut 4 bytes of a torn last line off"));
}

}  // namespace
}  // namespace flowmon
