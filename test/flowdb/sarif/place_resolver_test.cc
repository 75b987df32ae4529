#include "flowdb/sarif/place_resolver.h"

#include <gtest/gtest.h>

#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

// Line 2 has é (2 bytes) and an emoji (4 bytes, 2 units of UTF-16).
constexpr std::string_view kSource =
    "int abc = f(x);\nchar* é = \"😀\" + g(abc);\n\n  last(1,\n    2);";

class PlaceResolverTest : public testing::Test {
 protected:
  PlaceResolverTest() { test::WriteFile(dir_ / "a.c", kSource); }

  // "line:start-end" of a region in a.c, "?" behind columns that were not converted.
  std::string Resolve(const SarifRegion& region, bool with_root = true, std::string uri = "a.c") {
    PlaceResolver resolver(with_root ? dir_.path() : "");
    resolver.StartRun(run_);
    SarifStep step;
    step.has_place = true;
    step.artifact.uri = std::move(uri);
    step.region = region;
    Place place;
    if (const std::string_view problem = resolver.Resolve(step, place); !problem.empty()) {
      return std::string(problem);
    }
    return std::to_string(place.line) + ":" + std::to_string(place.col_start) + "-" +
           std::to_string(place.col_end) + (place.columns_kept ? "?" : "");
  }

  test::TempDir dir_;
  SarifRun run_;
};

SarifRegion Region(int64_t line, int64_t start, int64_t end_line, int64_t end) {
  return {.start_line = line, .start_column = start, .end_line = end_line, .end_column = end};
}

TEST_F(PlaceResolverTest, EndsAreInclusive) {
  EXPECT_EQ(Resolve(Region(1, 5, 1, 8)), "1:5-7");
  EXPECT_EQ(Resolve(Region(1, 5, 0, 8)), "1:5-7") << "endLine defaults to startLine";
  EXPECT_EQ(Resolve(Region(1, 5, 1, 8), false), "1:5-7?");
}

TEST_F(PlaceResolverTest, WithoutColumnsItIsTheLine) {
  EXPECT_EQ(Resolve(Region(1, 0, 0, 0)), "1:0-0");
  EXPECT_EQ(Resolve(Region(1, 0, 3, 0)), "1:0-0");
  EXPECT_EQ(Resolve(Region(1, -1, 0, -1)), "1:0-0") << "Infer writes -1";
  EXPECT_EQ(Resolve(Region(1, 0, 0, 4)), "1:1-3") << "CodeQL leaves startColumn 1 out";
}

// What begins there; a word as a whole if the line is at hand.
TEST_F(PlaceResolverTest, EmptyRegionsArePoints) {
  EXPECT_EQ(Resolve(Region(1, 5, 1, 5)), "1:5-7");
  EXPECT_EQ(Resolve(Region(1, 5, 0, 0)), "1:5-7");
  EXPECT_EQ(Resolve(Region(1, 9, 0, 9)), "1:9-9");
  EXPECT_EQ(Resolve(Region(1, 5, 1, 3)), "1:5-7") << "reversed";
  EXPECT_EQ(Resolve(Region(1, 5, 1, 5), false), "1:5-5?");
  EXPECT_EQ(Resolve(Region(1, 99, 1, 99)), "1:99-99");
}

TEST_F(PlaceResolverTest, SeveralLinesBecomeTheFirst) {
  EXPECT_EQ(Resolve(Region(4, 3, 5, 6)), "4:3-9");
  EXPECT_EQ(Resolve(Region(4, 3, 5, 6), false), "4:0-0");
}

TEST_F(PlaceResolverTest, CharactersBecomeBytes) {
  // é; the string with the emoji; abc behind both.
  run_.columns_are_utf16 = false;
  EXPECT_EQ(Resolve(Region(2, 7, 0, 8)), "2:7-8");
  EXPECT_EQ(Resolve(Region(2, 11, 0, 14)), "2:12-17");
  EXPECT_EQ(Resolve(Region(2, 19, 0, 22)), "2:23-25");
  run_.columns_are_utf16 = true;
  EXPECT_EQ(Resolve(Region(2, 20, 0, 23)), "2:23-25");
  EXPECT_EQ(Resolve(Region(2, 200, 0, 203)), "2:203-205") << "behind the end of the line";
}

TEST_F(PlaceResolverTest, ASnippetFromTheLinesBeginningWillDo) {
  SarifRegion region = Region(7, 1, 0, 3);
  region.snippet = "éé()";
  EXPECT_EQ(Resolve(region, false), "7:1-4");
}

TEST_F(PlaceResolverTest, OffsetsNeedTheFile) {
  SarifRegion region;
  region.byte_offset = 4;
  region.byte_length = 3;
  EXPECT_EQ(Resolve(region), "1:5-7");
  EXPECT_EQ(Resolve(region, false),
            "its region is an offset, and the file is not at hand (--root)");
  region = {};
  region.char_offset = 16 + 18;  // abc in line 2
  region.char_length = 3;
  run_.columns_are_utf16 = false;
  EXPECT_EQ(Resolve(region), "2:23-25");
  region.char_length = 100;
  EXPECT_EQ(Resolve(region), "2:23-27") << "up to the end of the line";
  region.char_length = 0;
  EXPECT_EQ(Resolve(region), "2:23-25") << "a point";
  region.char_offset = 1000;
  EXPECT_EQ(Resolve(region), "its offset is behind the end of the file");
}

TEST_F(PlaceResolverTest, TellsWhatIsMissing) {
  EXPECT_EQ(Resolve({}), "it has no region");
  EXPECT_EQ(Resolve(Region(-3, 1, 1, 1)), "it has no region");
  EXPECT_EQ(Resolve(Region(5'000'000'000, 1, 1, 1)), "its line is too large");
  EXPECT_EQ(Resolve(Region(1, 0, 0, 0), true, ""), "it names no file");
  EXPECT_EQ(Resolve(Region(1, 5'000'000'000, 0, 0)), "1:0-0") << "no such column";
  EXPECT_EQ(Resolve(Region(1, 5, 0, INT64_MAX)), "1:5-4294967295");
  PlaceResolver resolver("");
  resolver.StartRun(run_);
  Place place;
  EXPECT_EQ(resolver.Resolve({}, place), "it has no physicalLocation");
}

// The log's own absolute names are read without --root.
TEST_F(PlaceResolverTest, ReadsAbsoluteNames) {
  EXPECT_EQ(Resolve(Region(1, 5, 1, 5), false, "file://" + (dir_ / "a.c")), "1:5-7");
}

}  // namespace
}  // namespace flowmon
