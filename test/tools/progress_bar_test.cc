#include "tools/progress_bar.h"

#include <gtest/gtest.h>

#include <string>

namespace flowmon {
namespace {

TEST(ProgressBarTest, TellsHowFarAndHowLong) {
  EXPECT_EQ(FormatProgress("replaying", 600, 2400, 10, 200),
            "replaying [=====               ] 600 of 2,400, 10 s, 30 s left");
  EXPECT_EQ(FormatProgress("replaying", 2400, 2400, 40, 200),
            "replaying [====================] 2,400 of 2,400, 40 s");
  EXPECT_EQ(FormatProgress("reading", 1000, 0, 3, 200), "reading 1,000, 3 s");
}

TEST(ProgressBarTest, StaysInsideTheLineAndTheTotal) {
  EXPECT_EQ(FormatProgress("replaying", 600, 2400, 10, 20).size(), 20u);
  EXPECT_EQ(FormatProgress("x", 30, 10, 1, 200), "x [====================] 10 of 10, 1 s");
  EXPECT_EQ(FormatProgress("x", UINT64_MAX - 1, UINT64_MAX, 1, 200).find("x ["), 0u);
}

TEST(ProgressBarTest, SaysNothingWhereThereIsNoTerminal) {
  testing::internal::CaptureStderr();
  {
    ProgressBar bar("x", 10);
    bar.Advance(5);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace flowmon
