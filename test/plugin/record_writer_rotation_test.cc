// How RecordWriter finishes one file and begins another.

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "plugin/record_writer.h"
#include "plugin/segments.h"
#include "test/plugin/record_writer_fixture.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using test::ReadFile;
using test::WriteFile;
using testing::HasSubstr;

using RecordWriterRotationTest = RecordWriterTest;

TEST_F(RecordWriterRotationTest, AFileThatHasGrownToTheSizeIsFinished) {
  const auto writer = Open({.segment_bytes = Lines(1, 3).size()});
  for (size_t n = 1; n <= 2; ++n) Write(*writer, Line(n));
  EXPECT_EQ(writer->last_segment(), 0u);
  for (size_t n = 3; n <= 7; ++n) Write(*writer, Line(n));
  EXPECT_EQ(writer->last_segment(), 2u);
  EXPECT_EQ(writer->current_bytes(), Line(7).size());
  EXPECT_EQ(ReadFile(dir_ / "executions.000001.jsonl"), Lines(1, 3));
  EXPECT_EQ(ReadFile(dir_ / "executions.000002.jsonl"), Lines(4, 6));
  EXPECT_EQ(ReadFile(path_), Line(7));
  EXPECT_EQ(writer->lines_written(), 7u);
}

TEST_F(RecordWriterRotationTest, ASegmentEndsWithAWholeLine) {
  const auto writer = Open({.buffer_bytes = 100, .segment_bytes = 50});
  for (size_t n = 1; n <= 40; ++n) Write(*writer, Line(n));
  EXPECT_TRUE(writer->Flush());
  std::string all;
  for (uint64_t number = 1; number <= writer->last_segment(); ++number) {
    all += ReadFile(dir_ / SegmentName(number));
    EXPECT_EQ(all.back(), '\n');
  }
  EXPECT_GT(writer->last_segment(), 2u);
  EXPECT_EQ(all + ReadFile(path_), Lines(1, 40));
}

TEST_F(RecordWriterRotationTest, NumbersGoOnAfterThoseOfEarlierCampaigns) {
  Write(*Open({.segment_bytes = 1}), Line(1));
  WriteFile(dir_ / "executions.000041.jsonl.zst", "compressed");
  WriteFile(dir_ / "executions.99.jsonl", "no segment: its number has two digits");
  const auto writer = Open({.segment_bytes = 1});
  EXPECT_EQ(writer->last_segment(), 41u);
  Write(*writer, Line(2));
  EXPECT_EQ(ReadFile(dir_ / "executions.000042.jsonl"), Line(2));
}

TEST_F(RecordWriterRotationTest, WhatHasGrownTooLargeBeforeIsFinishedAfterTheFirstLine) {
  WriteFile(path_, Lines(1, 5));
  const auto writer = Open({.segment_bytes = 10});
  EXPECT_EQ(writer->current_bytes(), Lines(1, 5).size());
  Write(*writer, Line(6));
  EXPECT_EQ(ReadFile(dir_ / "executions.000001.jsonl"), Lines(1, 6));
}

TEST_F(RecordWriterRotationTest, ASegmentOfSomebodyElseIsNotOverwritten) {
  const auto writer = Open({.segment_bytes = 1});
  WriteFile(dir_ / "executions.000001.jsonl", "theirs\n");
  Write(*writer, Line(1));
  EXPECT_EQ(ReadFile(dir_ / "executions.000001.jsonl"), "theirs\n");
  EXPECT_EQ(ReadFile(dir_ / "executions.000002.jsonl"), Line(1));
  EXPECT_EQ(writer->last_segment(), 2u);
}

TEST_F(RecordWriterRotationTest, AFileThatCannotBeFinishedGoesOnGrowingAndIsTriedAgain) {
  const auto writer = Open({.segment_bytes = 1});
  std::filesystem::create_directory(dir_ / "executions.jsonl.tmp");  // where the new one is made
  Write(*writer, Line(1), 10 * kSecond);
  EXPECT_EQ(writer->rotation_error(), EEXIST);
  Write(*writer, Line(2), 10 * kSecond + 1);
  EXPECT_EQ(ReadFile(path_), Lines(1, 2));
  EXPECT_EQ(writer->last_segment(), 0u);
  EXPECT_EQ(writer->last_error(), 0);
  std::filesystem::remove(dir_ / "executions.jsonl.tmp");
  Write(*writer, Line(3), 10 * kSecond + 2);
  EXPECT_EQ(ReadFile(path_), Lines(1, 3)) << "not tried for each line";
  Write(*writer, Line(4), 11 * kSecond);
  EXPECT_EQ(writer->rotation_error(), 0);
  EXPECT_EQ(ReadFile(dir_ / "executions.000001.jsonl"), Lines(1, 4));
}

TEST_F(RecordWriterRotationTest, TheLockHoldsWhateverTheRecordsAreCalled) {
  const auto writer = Open({.segment_bytes = 1});
  Write(*writer, Line(1));
  EXPECT_THAT(ExpectRefused(), HasSubstr("another instance"));
  std::filesystem::remove(path_);
  EXPECT_THAT(ExpectRefused(), HasSubstr("another instance"));
}

TEST_F(RecordWriterRotationTest, WhatKilledWritersLeftHalfMadeIsRemoved) {
  for (const char* name : {"executions.jsonl.tmp", "executions.000003.jsonl.zst.tmp", "mine.tmp",
                           "executions.3.jsonl.zst.tmp"})
    WriteFile(dir_ / name, "x");
  Open(0);
  EXPECT_THAT(test::ListNames(dir_.path()),
              testing::ElementsAre("executions.3.jsonl.zst.tmp", "executions.jsonl",
                                   "executions.lock", "mine.tmp"));
}

}  // namespace
}  // namespace flowmon
