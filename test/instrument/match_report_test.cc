#include "runtime/instrument/match_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kDatabase[] = R"(SOURCE,1,src/a.c,3,5,9
SINK,1,src/b.c,7,0,0
SINK,2,src/other.c,1,2,3
INTERMEDIATE,4,src/a.c,5,1,2
FLOW,10,1,1,[],complete
FLOW,11,1,2,[4],lacks two
)";

class MatchReportTest : public ::testing::Test {
 protected:
  MatchReportTest() : file_(*ParseFlowDb(kDatabase, "x.flowdb")) {}

  ObjectNotes Object(std::vector<std::string> units, std::vector<MatchNote> matches) const {
    return {file_.content_hash, "/db/x.flowdb", std::move(units), std::move(matches)};
  }
  // Source 1 and sink 1 are in.
  std::vector<ObjectNotes> Program() const {
    return {
        Object({"/p/src/a.c"}, {{LocationKind::kSource, 1, true, "call:read", "/p/src/a.c:3:6"}}),
        Object({"/p/src/b.c"}, {{LocationKind::kSink, 1, false, "store", "/p/src/b.c:7:1"}})};
  }
  MatchReport Make(const std::vector<ObjectNotes>& objects) const {
    return MakeMatchReport(file_, "/db/x.flowdb", "/p/prog", objects);
  }
  std::vector<std::string> Lines(const MatchReport& report, size_t max_listed = 20) const {
    return SummarizeMatchReport(report, file_.db, max_listed, "prog.flowreport.json");
  }

  FlowDbFile file_;
};

TEST_F(MatchReportTest, CountsWhatWasFound) {
  const MatchReport report = Make(Program());
  EXPECT_EQ(report.num_exact, 1u);
  EXPECT_EQ(report.num_approximate, 1u);
  EXPECT_TRUE(report.has_code);
  EXPECT_THAT(
      Lines(report),
      ElementsAre("prog: 2 of 4 locations of x.flowdb instrumented (1 exact, 1 approximate)",
                  "not found: SINK 2 at src/other.c:1:2-3: file not in this program",
                  "not found: INTERMEDIATE 4 at src/a.c:5:1-2: no code at that line"));
}

TEST_F(MatchReportTest, FlowsTellWhatTheyLack) {
  const MatchReport report = Make(Program());
  ASSERT_EQ(report.flows.size(), 2u);
  EXPECT_THAT(report.flows[0].missing, IsEmpty());
  EXPECT_THAT(report.flows[1].missing,
              ElementsAre(Pair(LocationKind::kIntermediate, 4u), Pair(LocationKind::kSink, 2u)));
}

TEST_F(MatchReportTest, ExactWinsOverApproximateInAnotherObject) {
  const MatchReport report = Make(
      {Object({"/p/src/a.c"}, {{LocationKind::kSource, 1, false, "load", "/p/src/a.c:3:1"}}),
       Object({"/p/src/a.c"}, {{LocationKind::kSource, 1, true, "call:read", "/p/src/a.c:3:6"}}),
       Object({"/p/src/a.c"}, {{LocationKind::kSource, 1, false, "load", "/p/src/a.c:3:2"}})});
  EXPECT_EQ(report.locations[0].status, MatchStatus::kExact);
  EXPECT_EQ(report.locations[0].what, "call:read");
  EXPECT_EQ(report.locations[0].where, "/p/src/a.c:3:6");
  EXPECT_EQ(report.locations[0].num_places, 3u);
}

TEST_F(MatchReportTest, ProgramWithoutItsFilesIsOneLine) {
  const MatchReport report = Make({Object({}, {})});
  EXPECT_FALSE(report.has_code);
  EXPECT_THAT(Lines(report), ElementsAre("prog: no file of x.flowdb is in this program"));
}

TEST_F(MatchReportTest, ProgramWithoutNotesIsOneLine) {
  EXPECT_THAT(Lines(Make({})), ElementsAre("prog: no file of x.flowdb is in this program"));
}

TEST_F(MatchReportTest, LongListsAreCutAndSayWhereTheRestIs) {
  const MatchReport report = Make({Object({"/p/src/a.c"}, {})});
  EXPECT_THAT(
      Lines(report, 1),
      ElementsAre("prog: 0 of 4 locations of x.flowdb instrumented (0 exact, 0 approximate)",
                  "not found: SOURCE 1 at src/a.c:3:5-9: no code at that line",
                  "... and 3 more, see prog.flowreport.json"));
}

TEST_F(MatchReportTest, ObjectsOfAnotherDatabaseDoNotCount) {
  std::vector<ObjectNotes> objects = Program();
  objects[1].db_hash ^= 1;
  const MatchReport report = Make(objects);
  EXPECT_EQ(report.num_found(), 1u);
  EXPECT_EQ(report.locations[1].reason, "file compiled with another database");
  EXPECT_THAT(report.warnings,
              ElementsAre("1 object was compiled with another database (/db/x.flowdb before it "
                          "changed): its marks mean something else, compile again from scratch"));
}

TEST_F(MatchReportTest, OneNameForTwoFilesIsAWarning) {
  const MatchReport report =
      Make({Object({"/p/one/src/a.c"}, {}), Object({"/p/two/src/a.c", "/p/one/src/a.c"}, {})});
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_THAT(report.warnings[0], HasSubstr("src/a.c of the database stands for 2 files"));
  EXPECT_THAT(report.warnings[0], HasSubstr("/p/one/src/a.c, /p/two/src/a.c"));
}

TEST_F(MatchReportTest, UnknownIdsAreIgnored) {
  const MatchReport report =
      Make({Object({"/p/src/a.c"}, {{LocationKind::kSource, 99, true, "load", "/p/src/a.c:1"}})});
  EXPECT_EQ(report.num_found(), 0u);
}

TEST_F(MatchReportTest, JsonHasTheDocumentedFields) {
  const auto json = nlohmann::json::parse(MatchReportJson(Make(Program()), file_.db));
  EXPECT_EQ(json["program"], "/p/prog");
  EXPECT_EQ(json["database"]["path"], "/db/x.flowdb");
  EXPECT_EQ(json["database"]["hash"].get<std::string>().size(), 18u);
  EXPECT_EQ(json["warnings"], nlohmann::json::array());
  EXPECT_EQ(json["locations"][0], nlohmann::json::parse(R"({"kind": "SOURCE", "id": 1,
      "file": "src/a.c", "line": 3, "col_start": 5, "col_end": 9, "status": "exact",
      "what": "call:read", "where": "/p/src/a.c:3:6", "places": 1})"));
  EXPECT_EQ(json["locations"][1]["status"], "approximate");
  EXPECT_EQ(json["locations"][2], nlohmann::json::parse(R"({"kind": "SINK", "id": 2,
      "file": "src/other.c", "line": 1, "col_start": 2, "col_end": 3, "status": "not_found",
      "reason": "file not in this program"})"));
  EXPECT_EQ(json["flows"], nlohmann::json::parse(R"([{"id": 10, "instrumented": true},
      {"id": 11, "instrumented": false, "missing": [{"kind": "INTERMEDIATE", "id": 4},
                                                    {"kind": "SINK", "id": 2}]}])"));
  EXPECT_EQ(json["summary"], nlohmann::json::parse(R"({"locations": 4, "exact": 1,
      "approximate": 1, "not_found": 2, "flows": 2, "flows_instrumented": 1})"));
}

TEST_F(MatchReportTest, JsonSurvivesPathsThatAreNotUtf8) {
  MatchReport report = Make(Program());
  report.program = "/p/\xff";
  EXPECT_TRUE(nlohmann::json::accept(MatchReportJson(report, file_.db)));
}

}  // namespace
}  // namespace flowmon
