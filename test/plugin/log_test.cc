#include "plugin/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class LogTest : public testing::Test {
 protected:
  std::shared_ptr<spdlog::logger> Open(LogLevel level = LogLevel::kInfo) {
    auto logger = OpenLog(path_, level);
    EXPECT_TRUE(logger.ok()) << logger.status();
    return logger.ok() ? *std::move(logger) : nullptr;
  }
  // Without the time: "level: text".
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines = test::ReadLines(path_);
    for (std::string& line : lines) line.erase(0, sizeof("2026-11-21 12:00:00.000"));
    return lines;
  }

  const test::TempDir dir_;
  const std::string path_ = dir_ / "flowmon.log";
};

TEST_F(LogTest, ALineHasTimeLevelAndText) {
  LogLine(*Open(), LogLevel::kInfo, "hello");
  EXPECT_THAT(test::ReadFile(path_),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\."
                                    "[0-9]{3} info: hello\n"));
}

TEST_F(LogTest, LevelsBelowTheLogsOwnAreLeftOut) {
  const std::pair<LogLevel, const char*> levels[] = {{LogLevel::kTrace, "trace"},
                                                     {LogLevel::kDebug, "debug"},
                                                     {LogLevel::kInfo, "info"},
                                                     {LogLevel::kWarning, "warning"},
                                                     {LogLevel::kError, "error"}};
  for (size_t lowest = 0; lowest <= std::size(levels); ++lowest) {
    std::filesystem::remove(path_);
    std::vector<std::string> expected;
    {
      const auto logger = Open(lowest < std::size(levels) ? levels[lowest].first : LogLevel::kOff);
      for (size_t i = 0; i < std::size(levels); ++i) {
        LogLine(*logger, levels[i].first, "x");
        if (i >= lowest) expected.push_back(std::string(levels[i].second) + ": x");
      }
    }
    EXPECT_EQ(Lines(), expected);
  }
}

TEST_F(LogTest, WhatMattersIsInTheFileAtOnce) {
  const auto logger = Open();
  for (const LogLevel level : {LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    const size_t before = Lines().size();
    LogLine(*logger, level, "x");
    EXPECT_THAT(Lines(), SizeIs(before + 1));
  }
}

TEST_F(LogTest, AppendsToWhatIsThere) {
  LogLine(*Open(), LogLevel::kInfo, "one");
  LogLine(*Open(), LogLevel::kInfo, "two");
  EXPECT_THAT(Lines(), ElementsAre("info: one", "info: two"));
}

TEST_F(LogTest, ATextIsTakenAsItIs) {
  const auto logger = Open();
  LogLine(*logger, LogLevel::kInfo, "{} %s {0:d} \\n");
  LogLine(*logger, LogLevel::kInfo, std::string_view("cut here", 3));
  LogLine(*logger, LogLevel::kInfo, "");
  LogLine(*logger, LogLevel::kInfo, std::string(100'000, 'x'));
  EXPECT_THAT(Lines(), ElementsAre("info: {} %s {0:d} \\n", "info: cut",
                                   "info: ", "info: " + std::string(100'000, 'x')));
  LogLine(*logger, LogLevel::kInfo, "several\nlines");
  EXPECT_THAT(test::ReadFile(path_), testing::EndsWith("info: several\nlines\n"));
}

TEST_F(LogTest, TwoCanBeOpen) {
  const auto first = Open();
  const auto second = OpenLog(dir_ / "other.log", LogLevel::kInfo);
  ASSERT_TRUE(second.ok()) << second.status();
  LogLine(*first, LogLevel::kInfo, "1");
  LogLine(**second, LogLevel::kInfo, "2");
  EXPECT_THAT(Lines(), ElementsAre("info: 1"));
  EXPECT_THAT(test::ReadFile(dir_ / "other.log"), HasSubstr("info: 2"));
}

// Observe, never perturb: the target must find the descriptors that it finds without us.
TEST_F(LogTest, DoesNotHandTheFileOnToOtherPrograms) {
  const auto logger = Open();
  size_t num_found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path(), error) != path_) continue;
    ++num_found;
    EXPECT_EQ(fcntl(std::stoi(entry.path().filename()), F_GETFD), FD_CLOEXEC);
  }
  EXPECT_EQ(num_found, 1u);
}

TEST_F(LogTest, ALogThatCannotBeOpenedIsAnErrorThatNamesIt) {
  test::WriteFile(dir_ / "file", "");
  for (const std::string& path : {dir_ / "file/log", dir_.path()}) {
    const auto logger = OpenLog(path, LogLevel::kInfo);
    ASSERT_FALSE(logger.ok());
    EXPECT_THAT(std::string(logger.status().message()), HasSubstr("cannot open the log " + path));
  }
}

TEST_F(LogTest, AFullDiskStopsNothingAndPrintsNothing) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  {
    const auto logger = Open();
    LogLine(*logger, LogLevel::kInfo, "before");
    const sighandler_t old_handler = signal(SIGXFSZ, SIG_IGN);
    struct rlimit old_limit;
    getrlimit(RLIMIT_FSIZE, &old_limit);
    const struct rlimit limit = {10, old_limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 100; ++i) LogLine(*logger, LogLevel::kError, std::string(10'000, 'x'));
    setrlimit(RLIMIT_FSIZE, &old_limit);
    signal(SIGXFSZ, old_handler);
    LogLine(*logger, LogLevel::kInfo, "after");
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(test::ReadFile(path_), HasSubstr("info: before\n"));
  EXPECT_THAT(test::ReadFile(path_), testing::EndsWith("info: after\n"));
}

}  // namespace
}  // namespace flowmon
