#include "tools/text_format.h"

#include <gtest/gtest.h>

namespace flowmon {
namespace {

TEST(TextFormatTest, Counts) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatCount(18446744073709551615u), "18,446,744,073,709,551,615");
}

TEST(TextFormatTest, BytesTakeTheUnitThatFits) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1.0 KiB");
  EXPECT_EQ(FormatBytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatBytes(19482239), "18.6 MiB");
  EXPECT_EQ(FormatBytes(uint64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(FormatBytes(UINT64_MAX), "16777216.0 TiB");
}

TEST(TextFormatTest, NanosecondsTakeTheUnitThatFits) {
  EXPECT_EQ(FormatNanoseconds(0), "0 ns");
  EXPECT_EQ(FormatNanoseconds(999.4), "999 ns");
  EXPECT_EQ(FormatNanoseconds(999.5), "1.0 us");
  EXPECT_EQ(FormatNanoseconds(15029), "15.0 us");
  EXPECT_EQ(FormatNanoseconds(999950), "1.0 ms");
  EXPECT_EQ(FormatNanoseconds(12.34e6), "12.3 ms");
  EXPECT_EQ(FormatNanoseconds(1.2e9), "1.20 s");
}

TEST(TextFormatTest, Times) {
  EXPECT_EQ(FormatMilliseconds(13), "0.013 s");
  EXPECT_EQ(FormatMilliseconds(9999), "9.999 s");
  EXPECT_EQ(FormatMilliseconds(12345), "12.3 s");
  EXPECT_EQ(FormatMilliseconds(60000), "1 min 00 s");
  EXPECT_EQ(FormatSeconds(6), "6 s");
  EXPECT_EQ(FormatSeconds(245), "4 min 05 s");
  EXPECT_EQ(FormatSeconds(3600 * 30 + 7 * 60), "30 h 07 min");
}

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({{"id", TextTable::Align::kRight}, {"name"}, {"n", TextTable::Align::kRight}});
  table.AddRow({"1", "längst", "5"});
  table.AddRow({"1000", "x", "12"});
  EXPECT_EQ(table.Format(0),
            "  id  name     n\n"
            "   1  längst   5\n"
            "1000  x       12\n");
}

TEST(TextTableTest, LinesAreCutByCharacters) {
  TextTable table({{"name"}});
  table.AddRow({"ääää"});
  EXPECT_EQ(table.Format(2), "na\nää\n");
}

}  // namespace
}  // namespace flowmon
