#include "plugin/segment_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zstd.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

using test::TempDir;
using test::WriteFile;
using testing::HasSubstr;

// One frame.
std::string Compress(const std::string& text, int window_log = 0) {
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                   ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  // Without its size in the head, a frame claims its whole window.
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, window_log == 0 ? 1 : 0);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  ZSTD_outBuffer output = {frame.data(), frame.size(), 0};
  ZSTD_inBuffer input = {text.data(), text.size(), 0};
  ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_continue);
  EXPECT_EQ(ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_end), 0u);
  frame.resize(output.pos);
  return frame;
}

struct WholeSegment {
  std::string content;
  std::string error;  // empty if it was read to its end
};

class SegmentReaderTest : public testing::Test {
 protected:
  WholeSegment Read(const std::string& name, size_t chunk = 1000) {
    auto reader = SegmentReader::Open(dir_ / name);
    if (!reader.ok()) return {"", std::string(reader.status().message())};
    WholeSegment whole;
    const auto room = std::make_unique<char[]>(chunk);
    for (;;) {
      const auto size = (*reader)->Read({room.get(), chunk});
      if (!size.ok()) return {whole.content, std::string(size.status().message())};
      if (*size == 0) return whole;
      whole.content.append(room.get(), *size);
    }
  }
  WholeSegment ReadCompressed(const std::string& bytes, size_t chunk = 1000) {
    WriteFile(dir_ / "x.zst", bytes);
    return Read("x.zst", chunk);
  }

  static std::string Text(size_t size) {
    std::mt19937 random(1);
    std::string text;
    while (text.size() < size) text += "line " + std::to_string(random()) + "\n";
    text.resize(size);
    return text;
  }
  const TempDir dir_;
};

TEST_F(SegmentReaderTest, PlainAndCompressedGiveTheSameBytes) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, size_t{3'000'000}}) {
    const std::string text = Text(size);
    WriteFile(dir_ / "x", text);
    for (const size_t chunk : {size_t{7}, size_t{1} << 20}) {
      if (size / chunk > 100'000) continue;
      EXPECT_TRUE(Read("x", chunk).content == text);
      const WholeSegment whole = ReadCompressed(Compress(text), chunk);
      EXPECT_TRUE(whole.content == text) << size << " " << chunk;
      EXPECT_EQ(whole.error, "");
    }
  }
}

TEST_F(SegmentReaderTest, SeveralFramesAreReadAsOne) {
  const WholeSegment whole = ReadCompressed(Compress("a\n") + Compress("") + Compress("b\n"));
  EXPECT_EQ(whole.content, "a\nb\n");
  EXPECT_EQ(whole.error, "");
}

TEST_F(SegmentReaderTest, AFileThatGrowsIsReadOn) {
  WriteFile(dir_ / "x", "abc");
  const auto reader = SegmentReader::Open(dir_ / "x");
  char room[100];
  EXPECT_EQ(*(*reader)->Read(room), 3u);
  EXPECT_EQ(*(*reader)->Read(room), 0u);
  WriteFile(dir_ / "x", "abcde");
  EXPECT_EQ(*(*reader)->Read(room), 2u);
  (*reader)->Unread(3);
  EXPECT_EQ(*(*reader)->Read(room), 3u);
  EXPECT_EQ(std::string(room, 3), "cde");
}

TEST_F(SegmentReaderTest, WhatIsNoFileIsNamed) {
  EXPECT_EQ(Read("none").error, "cannot read " + (dir_ / "none") + ": No such file or directory");
  EXPECT_TRUE(absl::IsNotFound(SegmentReader::Open(dir_ / "none").status()));
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(Read("pipe").error, (dir_ / "pipe") + " is not a regular file");
  EXPECT_EQ(Read("").error, (dir_ / "") + " is not a regular file");
}

// Each damages one thing: what comes before it is read, and the sentence names the file.
TEST_F(SegmentReaderTest, DamageIsToldFromTheEnd) {
  const std::string text = Text(1 << 20);
  const std::string frame = Compress(text);
  std::string flipped = frame, no_checksum = frame, bad_magic = frame, reserved = frame;
  flipped[frame.size() / 2] ^= 0x10;
  no_checksum.back() ^= 1;
  bad_magic[0] ^= 1;
  reserved[4] |= 0x08;  // a bit of the frame's head that must be zero
  const struct {
    const char* name;
    std::string bytes, sentence;
    bool keeps_some;
  } cases[] = {
      {"empty", "", "ends in the middle of a frame", false},
      {"cut in the magic number", frame.substr(0, 3), "ends in the middle of a frame", false},
      {"cut in the head", frame.substr(0, 5), "ends in the middle of a frame", false},
      {"cut in the middle", frame.substr(0, frame.size() / 2), "ends in the middle of a frame",
       true},
      {"cut before the checksum", frame.substr(0, frame.size() - 4),
       "ends in the middle of a frame", true},
      {"cut in the last byte", frame.substr(0, frame.size() - 1), "ends in the middle of a frame",
       true},
      {"a bit of the data", flipped, "zstd says '", true},
      {"the checksum", no_checksum, "zstd says 'Restored data doesn't match checksum'", true},
      {"the magic number", bad_magic, "zstd says 'Unknown frame descriptor'", false},
      {"a reserved bit", reserved, "zstd says '", false},
      {"text", "{\"timestamp\":1}\n", "zstd says 'Unknown frame descriptor'", false},
      {"zeros", std::string(100'000, '\0'), "zstd says 'Unknown frame descriptor'", false},
      {"garbage behind a frame", frame + "garbage", "zstd says 'Unknown frame descriptor'", true},
      {"half a frame behind one", frame + frame.substr(0, 100), "ends in the middle of a frame",
       true},
      // 2 GiB: more than the zstd tool takes unless it is told to.
      {"a huge window", Compress(text, 31), "zstd says 'Frame requires too much memory", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const WholeSegment whole = ReadCompressed(c.bytes);
    EXPECT_THAT(whole.error, HasSubstr((dir_ / "x.zst") + " is damaged: "));
    EXPECT_THAT(whole.error, HasSubstr(c.sentence));
    EXPECT_EQ(whole.content.empty(), !c.keeps_some) << whole.content.size();
    // What is wrong inside a block shows only in its checksum, at the end.
    if (std::string_view(c.name) != "a bit of the data") {
      EXPECT_TRUE(text.starts_with(whole.content.substr(0, text.size())));
    }
  }
}

TEST_F(SegmentReaderTest, TheLargestWindowOfTheZstdToolIsRead) {
  EXPECT_EQ(ReadCompressed(Compress("a\n", 27)).content, "a\n");
}

// Any damage ends in an error or in some bytes, never in a crash or an endless read.
TEST_F(SegmentReaderTest, RandomDamageIsSurvived) {
  std::mt19937 random(3);
  const std::string frame = Compress(Text(20'000)) + Compress(Text(5'000));
  int num_damaged = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = frame;
    for (uint32_t n = 1 + random() % 4; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const WholeSegment whole = ReadCompressed(bytes, 4096);
    num_damaged += whole.error.empty() ? 0 : 1;
    EXPECT_LT(whole.content.size(), size_t{64} << 20);
  }
  EXPECT_GT(num_damaged, 1900);
}

}  // namespace
}  // namespace flowmon
