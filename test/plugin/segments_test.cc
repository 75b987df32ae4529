#include "plugin/segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "test/support/files.h"

namespace flowmon {
namespace {

using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::IsEmpty;

using Listed = std::vector<std::tuple<uint64_t, uint64_t, bool>>;  // number, bytes, is_compressed

Listed List(const std::string& directory) {
  const auto segments = ListSegments(directory);
  EXPECT_TRUE(segments.ok()) << segments.status();
  Listed listed;
  for (const Segment& segment : *segments)
    listed.emplace_back(segment.number, segment.bytes, segment.is_compressed);
  return listed;
}

TEST(SegmentsTest, AreListedByNumberNotByName) {
  const TempDir dir;
  WriteFile(dir / "executions.999999.jsonl", "a");
  WriteFile(dir / "executions.1000000.jsonl", "bb");
  WriteFile(dir / "executions.000002.jsonl.zst", "ccc");
  WriteFile(dir / "executions.000010.jsonl", "");
  EXPECT_EQ(List(dir.path()),
            (Listed{{2, 3, true}, {10, 0, false}, {999999, 1, false}, {1000000, 2, false}}));
}

TEST(SegmentsTest, OfTwoWithOneNumberThePlainOneCounts) {
  const TempDir dir;
  WriteFile(dir / "executions.000001.jsonl", "plain");
  WriteFile(dir / "executions.000001.jsonl.zst", "zst");
  EXPECT_EQ(List(dir.path()), (Listed{{1, 5, false}}));
}

TEST(SegmentsTest, OtherNamesAreLeftOut) {
  const TempDir dir;
  for (const char* name :
       {"executions.jsonl", "executions.lock", "executions.000000.jsonl", "executions.1.jsonl",
        "executions.0000001.jsonl", "executions.00001x.jsonl", "executions.+00001.jsonl",
        "executions.000001.jsonl.zst.tmp", "executions.000001.jsonl.gz", "executions.000001",
        "executions..jsonl", "old.executions.000001.jsonl", "executions.-00001.jsonl",
        "executions.99999999999999999999999.jsonl", "executions. 00001.jsonl"})
    WriteFile(dir / name, "x");
  std::filesystem::create_directory(dir / "executions.000007.jsonl");
  EXPECT_THAT(List(dir.path()), IsEmpty());
}

TEST(SegmentsTest, AMissingDirectoryIsNamed) {
  EXPECT_EQ(ListSegments("/nowhere/flowmon").status().message(),
            "cannot read /nowhere/flowmon: No such file or directory");
}

TEST(SegmentsTest, OnlyWhatIsOursAndUnfinishedIsRemoved) {
  const TempDir dir;
  for (const char* name : {"executions.jsonl", "executions.jsonl.tmp", "executions.000001.jsonl",
                           "executions.000001.jsonl.tmp", "executions.000001.jsonl.zst.tmp",
                           "executions.000002.jsonl.zst", "flowmon_stats.tmp", "x.tmp"})
    WriteFile(dir / name, "x");
  RemoveUnfinishedSegments(dir.path());
  EXPECT_THAT(test::ListNames(dir.path()),
              ElementsAre("executions.000001.jsonl", "executions.000002.jsonl.zst",
                          "executions.jsonl", "flowmon_stats.tmp", "x.tmp"));
}

}  // namespace
}  // namespace flowmon
