#include "flowdb/sarif/source_cache.h"

#include <gtest/gtest.h>

#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

TEST(SourceText, HasLines) {
  const SourceText text("one\r\n\ntwo");
  EXPECT_EQ(text.Line(0), std::nullopt);
  EXPECT_EQ(text.Line(1), "one");
  EXPECT_EQ(text.Line(2), "");
  EXPECT_EQ(text.Line(3), "two");
  EXPECT_EQ(text.Line(4), std::nullopt);
  EXPECT_EQ(text.LineAt(0), 1u);
  EXPECT_EQ(text.LineAt(5), 2u);
  EXPECT_EQ(text.LineAt(6), 3u);
  EXPECT_EQ(text.LineStart(3), 6u);
  EXPECT_TRUE(text.is_ascii());
  EXPECT_FALSE(SourceText("é").is_ascii());
}

TEST(SourceCache, ReadsRegularFilesOnce) {
  const test::TempDir dir;
  test::WriteFile(dir / "a.c", "int a;\n");
  SourceCache cache;
  const SourceText* text = cache.Find(dir / "a.c");
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->Line(1), "int a;");
  test::WriteFile(dir / "a.c", "changed");
  EXPECT_EQ(cache.Find(dir / "a.c")->Line(1), "int a;");
  EXPECT_EQ(cache.Find(dir / "no.c"), nullptr);
  EXPECT_EQ(cache.Find(dir.path()), nullptr);
  EXPECT_EQ(cache.Find("/dev/zero"), nullptr);
  EXPECT_EQ(cache.Find("/proc/self/mem"), nullptr) << "regular, but fails while it is read";
}

}  // namespace
}  // namespace flowmon
