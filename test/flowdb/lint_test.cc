#include "flowdb/lint.h"

#include <string>
#include <vector>

#include "flowdb/reader.h"
#include "flowdb/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kClean =
    "SOURCE,1,a.c,1,2,3\nSINK,1,a.c,1,2,3\nINTERMEDIATE,1,a.c,1,2,3\nINTERMEDIATE,2,a.c,1,2,4\n"
    "FLOW,1,1,1,[1,2],\n";

// Of kClean and more lines.
std::vector<std::string> Lint(std::string_view more_lines) {
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(StrCat(kClean, more_lines), "x.flowdb");
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok()) return {};
  EXPECT_THAT(file->warnings, IsEmpty());
  return LintFlowDb(file->db);
}

TEST(LintFlowDb, HasNothingToSayAboutACleanDatabase) { EXPECT_THAT(Lint(""), IsEmpty()); }

TEST(LintFlowDb, UnusedLocations) {
  EXPECT_THAT(
      Lint("INTERMEDIATE,9,b.c,7,0,0\nSINK,8,b.c,7,4,5\nSOURCE,7,b.c,7,0,0\n"),
      ElementsAre("SOURCE 7 (b.c:7) is used by no flow", "SINK 8 (b.c:7:4-5) is used by no flow",
                  "INTERMEDIATE 9 (b.c:7) is used by no flow"));
}

TEST(LintFlowDb, SamePathTwice) {
  EXPECT_THAT(Lint("FLOW,5,1,1,[1,2],other words\nFLOW,6,1,1,[1,2],\nFLOW,7,1,1,[2,1],\n"),
              ElementsAre("flow 5 has the same source, sink and intermediates as flow 1",
                          "flow 6 has the same source, sink and intermediates as flow 1"));
}

TEST(LintFlowDb, IntermediateTwiceInAFlow) {
  EXPECT_THAT(Lint("FLOW,5,1,1,[2,1,2],\n"),
              ElementsAre("flow 5 lists INTERMEDIATE 2 more than once: one hit counts for all"));
}

TEST(LintFlowDb, FlowWithoutIntermediates) {
  EXPECT_THAT(Lint("FLOW,5,1,1,[],\n"),
              ElementsAre("flow 5 has no intermediates: any execution of its source before its "
                          "sink completes it"));
}

TEST(LintFlowDb, TwoLocationsAtTheSamePlace) {
  EXPECT_THAT(Lint("INTERMEDIATE,3,./a.c,1,2,3\nFLOW,5,1,1,[3],\n"),
              ElementsAre("INTERMEDIATE 3 is at the same place as INTERMEDIATE 1 (./a.c:1:2-3): "
                          "use one id for both"));
}

TEST(LintFlowDb, LargeIntermediateIds) {
  EXPECT_THAT(Lint("INTERMEDIATE,65535,b.c,1,0,0\nFLOW,5,1,1,[65535],\n"), IsEmpty());
  EXPECT_THAT(Lint("INTERMEDIATE,65536,b.c,1,0,0\nFLOW,5,1,1,[65536],\n"),
              ElementsAre("the largest INTERMEDIATE id makes the coverage map 65537 bytes for 3 "
                          "intermediates: number them from 0 or 1 without gaps"));
}

TEST(LintFlowDb, EmptyDatabase) { EXPECT_THAT(LintFlowDb(FlowDb()), IsEmpty()); }

}  // namespace
}  // namespace flowmon
