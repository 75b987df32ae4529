#include "plugin/record_budget.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

using test::TempDir;
using test::WriteFile;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr RecordLimit kNone = RecordLimit::kNone, kMaxTotal = RecordLimit::kMaxTotal,
                      kMinFree = RecordLimit::kMinFree;

TEST(RecordBudgetTest, ALimitHoldsUntilThereIsRoomToSpare) {
  const RecordBudget::Options both = {1000, 500}, total = {1000, 0}, space = {0, 500}, none;
  const struct {
    RecordBudget::Options options;
    uint64_t total_bytes;
    std::optional<uint64_t> free_bytes;
    RecordLimit before, after;
  } cases[] = {
      {none, UINT64_MAX, 0, kNone, kNone},
      {total, 0, std::nullopt, kNone, kNone},
      {total, 999, std::nullopt, kNone, kNone},
      {total, 1000, std::nullopt, kNone, kMaxTotal},
      {total, 999, std::nullopt, kMaxTotal, kMaxTotal},
      {total, 900, std::nullopt, kMaxTotal, kMaxTotal},
      {total, 899, std::nullopt, kMaxTotal, kNone},
      {space, UINT64_MAX, 500, kNone, kNone},
      {space, 0, 499, kNone, kMinFree},
      {space, 0, 549, kMinFree, kMinFree},
      {space, 0, 550, kMinFree, kNone},
      {space, 0, std::nullopt, kMinFree, kNone},
      {both, 1000, 499, kNone, kMinFree},
      {both, 1000, 500, kNone, kMaxTotal},
      {both, 950, 400, kMaxTotal, kMinFree},
      {both, 950, 600, kMinFree, kNone},
  };
  for (const auto& c : cases)
    EXPECT_EQ(RecordBudget::Decide(c.options, c.total_bytes, c.free_bytes, c.before), c.after)
        << "case " << &c - cases;
}

class RecordBudgetDirectoryTest : public testing::Test {
 protected:
  std::unique_ptr<RecordWriter> Open(uint64_t segment_bytes) {
    return *RecordWriter::Open(dir_.path(), {.segment_bytes = segment_bytes});
  }
  static void Write(RecordWriter& writer, size_t size, uint64_t now_ns) {
    writer.buffer() += std::string(size - 1, 'x') + "\n";
    writer.CommitLine(now_ns);
  }
  const TempDir dir_;
};

TEST_F(RecordBudgetDirectoryTest, AllSegmentsAndWhatIsBeingWrittenCount) {
  WriteFile(dir_ / "executions.000001.jsonl.zst", std::string(100, 'x'));
  WriteFile(dir_ / "executions.000002.jsonl", std::string(200, 'x'));
  WriteFile(dir_ / "flowmon.log", std::string(5000, 'x'));
  const auto writer = Open(400);
  RecordBudget budget(dir_.path(), {.max_total_bytes = 1000});
  EXPECT_EQ(budget.Update(kSecond, *writer), kNone);
  Write(*writer, 399, kSecond);
  EXPECT_EQ(budget.Update(kSecond + 1, *writer), kNone);  // 699
  Write(*writer, 200, kSecond + 2);  // finishes a segment: looked at, however soon
  EXPECT_EQ(budget.Update(kSecond + 3, *writer), kNone);  // 899
  Write(*writer, 101, kSecond + 4);
  EXPECT_EQ(budget.Update(kSecond + 5, *writer), kMaxTotal);
  EXPECT_EQ(budget.limit(), kMaxTotal);
}

TEST_F(RecordBudgetDirectoryTest, RoomThatIsMadeIsSeenWithinASecond) {
  const auto writer = Open(100);
  RecordBudget budget(dir_.path(), {.max_total_bytes = 1000});
  for (uint64_t n = 0; n < 10; ++n) Write(*writer, 100, n);
  EXPECT_EQ(budget.Update(kSecond, *writer), kMaxTotal);
  std::filesystem::remove(dir_ / "executions.000003.jsonl");
  std::filesystem::remove(dir_ / "executions.000007.jsonl");
  EXPECT_EQ(budget.Update(2 * kSecond - 1, *writer), kMaxTotal);
  EXPECT_EQ(budget.Update(2 * kSecond, *writer), kNone);
}

TEST_F(RecordBudgetDirectoryTest, TheFileSystemIsAsked) {
  const auto writer = Open(UINT64_MAX);
  RecordBudget modest(dir_.path(), {.min_free_bytes = 1}),
      greedy(dir_.path(), {.min_free_bytes = uint64_t{1} << 60});
  EXPECT_EQ(modest.Update(kSecond, *writer), kNone);
  EXPECT_EQ(greedy.Update(kSecond, *writer), kMinFree);
}

TEST(RecordLimitNameTest, IsTheKeyThatSetsIt) {
  EXPECT_STREQ(RecordLimitName(kNone), "none");
  EXPECT_STREQ(RecordLimitName(kMaxTotal), "output.max_total_mib");
  EXPECT_STREQ(RecordLimitName(kMinFree), "output.min_free_mib");
}

}  // namespace
}  // namespace flowmon
