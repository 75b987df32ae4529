#include "plugin/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::HasSubstr;

class HistoryTest : public testing::Test {
 protected:
  std::string Content() const { return test::ReadFile(dir_ / "history.jsonl"); }

  const test::TempDir dir_;
  History history_{dir_.path()};
};

TEST_F(HistoryTest, ALineHasAllTotals) {
  ASSERT_TRUE(history_
                  .Append({.unix_ms = 1795312800123,
                           .run_ms = 5000,
                           .executions = 7,
                           .events = 20,
                           .events_dropped = 2,
                           .completions = 9,
                           .flows_completed = 3,
                           .steps_reached = 4,
                           .value_pairs = 5})
                  .ok());
  EXPECT_EQ(Content(),
            R"({"unix_ms":1795312800123,"run_ms":5000,"executions":7,"events":20,)"
            R"("events_dropped":2,"completions":9,"flows_completed":3,"steps_reached":4,)"
            R"("value_pairs":5})"
            "\n");
}

TEST_F(HistoryTest, LinesAreAThousandthOfTheRunTimeApart) {
  EXPECT_TRUE(history_.IsDue(0));
  ASSERT_TRUE(history_.Append({.run_ms = 10'000'000}).ok());
  EXPECT_FALSE(history_.IsDue(10'009'999));
  EXPECT_TRUE(history_.IsDue(10'010'000));
}

TEST_F(HistoryTest, GoesOnBehindALineThatWasTorn) {
  test::WriteFile(dir_ / "history.jsonl", "{\"unix_ms\":1");
  ASSERT_TRUE(history_.Append({.run_ms = 1}).ok());
  EXPECT_THAT(Content(), HasSubstr("{\"unix_ms\":1\n{\"unix_ms\":0,\"run_ms\":1,"));
}

TEST_F(HistoryTest, AFullDiskLeavesNoHalfLine) {
  ASSERT_TRUE(history_.Append({.run_ms = 1}).ok());
  const std::string before = Content();
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  const struct rlimit tight = {before.size() + 10, limit.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &tight);
  const absl::Status status = history_.Append({.run_ms = 2});
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, SIG_DFL);
  EXPECT_THAT(std::string(status.message()), HasSubstr("history.jsonl"));
  EXPECT_EQ(Content(), before);
}

TEST_F(HistoryTest, WhatIsNoFileOfOursIsNotWrittenTo) {
  test::WriteFile(dir_ / "other", "");
  ASSERT_EQ(symlink((dir_ / "other").c_str(), (dir_ / "history.jsonl").c_str()), 0);
  EXPECT_FALSE(history_.Append({.run_ms = 1}).ok());
  EXPECT_EQ(test::ReadFile(dir_ / "other"), "");
}

}  // namespace
}  // namespace flowmon
