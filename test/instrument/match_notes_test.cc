#include "runtime/instrument/match_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ObjectNotes kFirst = {
    0x0123456789abcdef,
    "/src/my flows.flowdb",
    {"/src/a.c", "/src/with blank.h"},
    {{LocationKind::kSource, 1, true, "call:read", "/src/a.c:3:5"},
     {LocationKind::kSink, 4294967295, false, "store", "/src/with blank.h:9"}}};
const ObjectNotes kSecond = {0, "x.flowdb", {}, {}};

std::string FormatBoth() { return FormatObjectNotes(kFirst) + FormatObjectNotes(kSecond); }

TEST(MatchNotesTest, FormatIsAsDocumented) {
  EXPECT_EQ(FormatObjectNotes(kFirst),
            "db 0123456789abcdef /src/my flows.flowdb\n"
            "unit /src/a.c\n"
            "unit /src/with blank.h\n"
            "loc SOURCE 1 exact call:read /src/a.c:3:5\n"
            "loc SINK 4294967295 approximate store /src/with blank.h:9\n");
}

TEST(MatchNotesTest, ReadsWhatItWrites) {
  const auto objects = ParseMatchNotes(FormatBoth());
  ASSERT_TRUE(objects.ok()) << objects.status();
  EXPECT_THAT(*objects, ElementsAre(kFirst, kSecond));
}

TEST(MatchNotesTest, PaddingBetweenObjectsIsSkipped) {
  const auto objects = ParseMatchNotes(FormatObjectNotes(kFirst) + std::string(3, '\0') +
                                       FormatObjectNotes(kSecond) + std::string(1, '\0'));
  ASSERT_TRUE(objects.ok()) << objects.status();
  EXPECT_THAT(*objects, ElementsAre(kFirst, kSecond));
}

TEST(MatchNotesTest, NothingIsNoObject) {
  const auto objects = ParseMatchNotes("");
  ASSERT_TRUE(objects.ok());
  EXPECT_TRUE(objects->empty());
}

TEST(MatchNotesTest, WhatCannotBeWrittenIsReplaced) {
  const ObjectNotes odd = {
      1, "a\nb", {"c\nd"}, {{LocationKind::kSink, 1, true, "call:operator new", "e\nf:1"}}};
  const auto objects = ParseMatchNotes(FormatObjectNotes(odd));
  ASSERT_TRUE(objects.ok()) << objects.status();
  EXPECT_THAT(
      *objects,
      ElementsAre(ObjectNotes{
          1, "a?b", {"c?d"}, {{LocationKind::kSink, 1, true, "call:operator?new", "e?f:1"}}}));
}

struct BadLine {
  const char* name;
  const char* line;
};

class MatchNotesBadLineTest : public ::testing::TestWithParam<BadLine> {};

TEST_P(MatchNotesBadLineTest, IsAnErrorThatShowsIt) {
  const auto objects = ParseMatchNotes(FormatObjectNotes(kSecond) + GetParam().line + "\n");
  EXPECT_EQ(objects.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(objects.status().message()), HasSubstr(GetParam().line));
}

INSTANTIATE_TEST_SUITE_P(Lines, MatchNotesBadLineTest,
                         ::testing::Values(BadLine{"Keyword", "what 1"},
                                           BadLine{"Hash", "db 12xy a.flowdb"},
                                           BadLine{"EmptyUnit", "unit "},
                                           BadLine{"Kind", "loc DRAIN 1 exact store a.c:1"},
                                           BadLine{"Id", "loc SINK 4294967296 exact store a.c:1"},
                                           BadLine{"How", "loc SINK 1 maybe store a.c:1"},
                                           BadLine{"NoPlace", "loc SINK 1 exact store"}),
                         [](const auto& test) { return test.param.name; });

TEST(MatchNotesTest, NotesWithoutADatabaseAreAnError) {
  EXPECT_EQ(ParseMatchNotes("unit /src/a.c\n").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace flowmon
