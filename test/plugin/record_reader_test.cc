#include "plugin/record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "plugin/record_writer.h"
#include "plugin/segment_compressor.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RecordReaderTest : public testing::Test {
 protected:
  std::unique_ptr<RecordReader> Open() {
    auto reader = RecordReader::Open(dir_.path());
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }
  static std::vector<std::string> ReadAll(RecordReader& reader) {
    std::vector<std::string> lines;
    while (const auto line = reader.Next()) lines.emplace_back(*line);
    return lines;
  }
  void Append(const std::string& text) {
    const std::string path = dir_ / "executions.jsonl";
    WriteFile(path, (std::filesystem::exists(path) ? test::ReadFile(path) : "") + text);
  }
  void Finish(uint64_t number) {
    std::filesystem::rename(dir_ / "executions.jsonl", dir_ / SegmentName(number));
  }
  // By the tool that users have.
  void Compress(uint64_t number) {
    EXPECT_EQ(
        test::RunProgram({.argv = {"zstd", "-q", "--rm", dir_ / SegmentName(number)}}).exit_code,
        0);
  }
  void WriteSegment(uint64_t number, const std::string& text, bool compressed) {
    WriteFile(dir_ / SegmentName(number), text);
    if (compressed) Compress(number);
  }

  const TempDir dir_;
};

TEST_F(RecordReaderTest, ReadsAllSegmentsInOrder) {
  WriteSegment(10, "e\n", false);
  WriteSegment(2, "c\nd\n", true);
  WriteSegment(1, "a\n\nb\n", false);
  Append("f\n");
  const auto reader = Open();
  EXPECT_THAT(ReadAll(*reader), ElementsAre("a", "", "b", "c", "d", "e", "f"));
  EXPECT_THAT(reader->problems(), IsEmpty());
  EXPECT_EQ(reader->torn_lines(), 0u);
}

TEST_F(RecordReaderTest, LinesOfAnySizeAreWhole) {
  std::vector<std::string> lines;
  std::string text;
  for (size_t size = 0; size < 3'000'000; size = size * 3 + 1) {
    lines.emplace_back(size, static_cast<char>('a' + size % 26));
    text += lines.back() + "\n";
  }
  WriteSegment(1, text, true);
  WriteSegment(2, text, false);
  std::vector<std::string> twice = lines;
  twice.insert(twice.end(), lines.begin(), lines.end());
  EXPECT_TRUE(ReadAll(*Open()) == twice);
}

TEST_F(RecordReaderTest, AnEmptyCampaignHasNoLines) {
  Append("");
  EXPECT_THAT(ReadAll(*Open()), IsEmpty());
}

TEST_F(RecordReaderTest, ADirectoryWithoutRecordsIsAnError) {
  EXPECT_EQ(
      RecordReader::Open(dir_.path()).status().message(),
      "no executions.jsonl in " + dir_.path() + "; give the directory that flowmon wrote into");
  EXPECT_THAT(std::string(RecordReader::Open("/nowhere").status().message()),
              HasSubstr("cannot read /nowhere: "));
}

TEST_F(RecordReaderTest, TornLinesAreCountedAndNotGivenOut) {
  WriteSegment(1, "a\ntorn", false);
  WriteSegment(2, "b\ntorn too", true);
  Append("c\nin the maki");
  const auto reader = Open();
  EXPECT_THAT(ReadAll(*reader), ElementsAre("a", "b", "c"));
  EXPECT_EQ(reader->torn_lines(), 3u);
  EXPECT_THAT(reader->problems(), IsEmpty());
  Append("ng\n");
  EXPECT_THAT(ReadAll(*reader), ElementsAre("in the making"));
  EXPECT_EQ(reader->torn_lines(), 2u);
}

TEST_F(RecordReaderTest, ADamagedSegmentCostsItsRestOnly) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
  WriteSegment(1, text, true);
  const std::string path = dir_ / "executions.000001.jsonl.zst";
  WriteFile(path, test::ReadFile(path).substr(0, std::filesystem::file_size(path) / 2));
  Append("after\n");
  const auto reader = Open();
  const std::vector<std::string> lines = ReadAll(*reader);
  ASSERT_GT(lines.size(), 1000u);
  for (size_t i = 0; i + 1 < lines.size(); ++i) ASSERT_EQ(lines[i], "line " + std::to_string(i));
  EXPECT_EQ(lines.back(), "after");
  EXPECT_THAT(reader->problems(),
              ElementsAre(path + " is damaged: it ends in the middle of a frame"));
  EXPECT_LE(reader->torn_lines(), 1u);
}

TEST_F(RecordReaderTest, AVanishedSegmentIsDescribed) {
  WriteSegment(1, "a\n", false);
  WriteSegment(2, "b\n", false);
  const auto reader = Open();
  std::filesystem::remove(dir_ / SegmentName(1));
  EXPECT_THAT(ReadAll(*reader), ElementsAre("b"));
  EXPECT_THAT(reader->problems(), ElementsAre(HasSubstr("executions.000001.jsonl.zst")));
}

TEST_F(RecordReaderTest, ALineThatIsTooLongIsLeftOut) {
  // As somebody may plant it: it takes a few KiB.
  ASSERT_EQ(test::RunProgram(
                {.argv = {"sh", "-c",
                          "{ echo a; head -c 300000000 /dev/zero; echo; echo b; } | zstd -q -o "
                          "'" +
                              (dir_ / "executions.000001.jsonl.zst") + "'"}})
                .exit_code,
            0);
  const auto reader = Open();
  EXPECT_THAT(ReadAll(*reader), ElementsAre("a", "b"));
  EXPECT_THAT(reader->problems(), ElementsAre(HasSubstr("a line of more than 268435456 bytes")));
}

TEST_F(RecordReaderTest, ASegmentThatIsCompressedMeanwhileIsReadAllTheSame) {
  for (uint64_t number = 1; number <= 3; ++number)
    WriteSegment(number, std::to_string(number) + "\n", false);
  const auto reader = Open();
  EXPECT_EQ(reader->Next(), "1");
  for (uint64_t number = 1; number <= 3; ++number) Compress(number);
  EXPECT_THAT(ReadAll(*reader), ElementsAre("2", "3"));
  EXPECT_THAT(reader->problems(), IsEmpty());
}

TEST_F(RecordReaderTest, FollowsACampaignThroughItsSegments) {
  WriteSegment(1, "a\n", false);
  Append("b\n");
  const auto reader = Open();
  EXPECT_THAT(ReadAll(*reader), ElementsAre("a", "b"));
  EXPECT_EQ(reader->Next(), std::nullopt);
  Append("c\n");
  EXPECT_THAT(ReadAll(*reader), ElementsAre("c"));
  Append("d\n");
  Finish(2);
  EXPECT_THAT(ReadAll(*reader), ElementsAre("d")) << "between two files";
  Append("e\n");
  Finish(3);
  Compress(3);
  Append("f\n");
  Finish(4);
  Append("g\n");
  EXPECT_THAT(ReadAll(*reader), ElementsAre("e", "f", "g"));
  EXPECT_THAT(reader->problems(), IsEmpty());
}

TEST_F(RecordReaderTest, ATornEndThatAResumedCampaignCutsOffDoesNotMixWithItsLines) {
  Append("a\ntorn");
  const auto reader = Open();
  EXPECT_THAT(ReadAll(*reader), ElementsAre("a"));
  WriteFile(dir_ / "executions.jsonl", "a\nbcdefgh\n");
  EXPECT_THAT(ReadAll(*reader), ElementsAre("bcdefgh"));
}

// With writer and compressor at work: every line once, in order.
TEST_F(RecordReaderTest, NothingIsMissedWhileSegmentsAreFinishedAndCompressed) {
  constexpr uint64_t kNumLines = 20'000;
  auto writer = *RecordWriter::Open(dir_.path(), {.buffer_bytes = 500, .segment_bytes = 20'000});
  const auto compressor = *SegmentCompressor::Start(dir_.path(), 0);
  const auto reader = Open();
  uint64_t num_read = 0;
  const auto read = [&] {
    while (const auto line = reader->Next())
      ASSERT_EQ(*line, "line number " + std::to_string(num_read++));
  };
  for (uint64_t n = 0; n < kNumLines; ++n) {
    writer->buffer() += "line number " + std::to_string(n) + "\n";
    writer->CommitLine(n);
    compressor->SetLastSegment(writer->last_segment());
    if (n % 97 == 0) read();
  }
  EXPECT_TRUE(writer->Flush());
  read();
  EXPECT_EQ(num_read, kNumLines);
  EXPECT_GT(writer->last_segment(), 10u);
  EXPECT_THAT(reader->problems(), IsEmpty());
}

}  // namespace
}  // namespace flowmon
