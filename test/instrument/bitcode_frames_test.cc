#include "runtime/instrument/bitcode_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flowmon::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(BitcodeFramesTest, SplitsWhatTheLinkerConcatenates) {
  const std::string first("BC\xc0\xde\0one", 8);
  const std::string section = MakeBitcodeFrame(first) + MakeBitcodeFrame("two");
  const auto frames = SplitBitcodeFrames(section);
  ASSERT_TRUE(frames.ok()) << frames.status();
  EXPECT_THAT(*frames, ElementsAre(first, "two"));
}

TEST(BitcodeFramesTest, SkipsPadding) {
  const std::string padding(5, '\0');
  const std::string section =
      padding + MakeBitcodeFrame("one") + padding + MakeBitcodeFrame("two") + padding;
  const auto frames = SplitBitcodeFrames(section);
  ASSERT_TRUE(frames.ok()) << frames.status();
  EXPECT_THAT(*frames, ElementsAre("one", "two"));
}

TEST(BitcodeFramesTest, NothingIsNoFrame) { EXPECT_THAT(*SplitBitcodeFrames(""), IsEmpty()); }

TEST(BitcodeFramesTest, RefusesOtherContent) {
  const auto frames = SplitBitcodeFrames(MakeBitcodeFrame("one") + "something else");
  EXPECT_THAT(std::string(frames.status().message()), HasSubstr("holds no bitcode frame at 19"));
}

TEST(BitcodeFramesTest, RefusesFramesThatAreCutShort) {
  const std::string frame = MakeBitcodeFrame("bitcode");
  for (size_t size = 1; size < frame.size(); ++size) {
    EXPECT_FALSE(SplitBitcodeFrames(frame.substr(0, size)).ok()) << size;
  }
}

TEST(BitcodeFramesTest, RefusesASizeBeyondTheSection) {
  std::string frame = MakeBitcodeFrame("bitcode");
  frame[kFrameMagic.size() + 7] = '\x7f';
  EXPECT_THAT(std::string(SplitBitcodeFrames(frame).status().message()), HasSubstr("cut short"));
}

}  // namespace
}  // namespace flowmon::test
