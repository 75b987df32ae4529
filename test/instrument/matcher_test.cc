// Which code the pass chooses for a location, where columns are not what they should be, and where
// one place in the source is code in several functions or units.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::Values;

struct Found {
  std::string status, what, where;
  unsigned places = 0;
};

using FoundById = std::map<std::pair<std::string, uint32_t>, Found>;

FoundById ReadReport(const std::string& path) {
  FoundById result;
  const auto report = nlohmann::json::parse(ReadFile(path));
  for (const auto& location : report["locations"]) {
    result[{location["kind"], location["id"]}] = {location["status"], location.value("what", ""),
                                                  location.value("where", ""),
                                                  location.value("places", 0u)};
  }
  return result;
}

class ShiftedColumnsTest : public ::testing::TestWithParam<std::tuple<const char*, int>> {};

// What one column to the left or right of the marks is found, with a few exceptions where these
// columns are something else.
TEST_P(ShiftedColumnsTest, MeanTheSameCode) {
  const auto& [options, shift] = GetParam();
  for (const char* program : {"matching.c", "matching.cc"}) {
    const std::string source = ProgramSource(program);
    std::vector<Mark> marks = ReadMarks(source);
    Workshop workshop;
    std::vector<FoundById> found;
    for (int by : {0, shift}) {
      std::vector<Mark> shifted = marks;
      for (Mark& mark : shifted) {
        mark.col_start = static_cast<uint32_t>(static_cast<int>(mark.col_start) + by);
        mark.col_end = static_cast<uint32_t>(static_cast<int>(mark.col_end) + by);
      }
      workshop.Write("x.flowdb", FlowDbOf(shifted, program));
      workshop.set_database(workshop.Path("x.flowdb"));
      ASSERT_EQ(workshop
                    .FlowCxx({"-w", options, "-x", source.ends_with("cc") ? "c++" : "c", source,
                              "-c", "-o", "a.o"})
                    .exit_code,
                0);
      ASSERT_EQ(workshop.FlowCxx({"a.o", "-o", "program"}).exit_code, 0);
      found.push_back(ReadReport(workshop.Path("program.flowreport.json")));
    }
    for (const Mark& mark : marks) {
      const std::pair key(std::string(LocationKindName(mark.kind)), mark.id);
      EXPECT_EQ(found[0][key].where, found[1][key].where) << program << ":" << mark.line;
      EXPECT_EQ(found[0][key].what, found[1][key].what) << program << ":" << mark.line;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, ShiftedColumnsTest,
                         ::testing::Combine(Values("-O0", "-O2"), Values(1, -1)));

class LevelsTest : public ::testing::TestWithParam<const char*> {};

TEST_P(LevelsTest, HeaderOfSeveralUnitsIsFoundInEach) {
  Workshop workshop;
  workshop.Write("shared.h", R"(static inline int Add(int a, int b) {
  return a + b;
}
static inline int Unused(int a) { return a * 2; }
)");
  workshop.Write("one.c", "#include \"shared.h\"\nint One(void) { return Add(1, 2); }\n");
  workshop.Write("two.c", R"(#include "shared.h"
int One(void);
int main(void) { return One() + Add(3, 4) - 10; }
)");
  workshop.Write("x.flowdb", R"(SOURCE,1,shared.h,2,10,14
SINK,1,shared.h,4,42,46
INTERMEDIATE,1,shared.h,1,0,0
FLOW,1,1,1,[1],test
)");
  workshop.set_database(workshop.Path("x.flowdb"));
  ASSERT_EQ(workshop.FlowCc({GetParam(), "one.c", "two.c", "-o", "program"}).exit_code, 0);
  FoundById found = ReadReport(workshop.Path("program.flowreport.json"));
  EXPECT_EQ((found[{"SOURCE", 1}].places), 2u);
  EXPECT_EQ((found[{"INTERMEDIATE", 1}].places), 2u);
  EXPECT_EQ((found[{"SINK", 1}].status), "not_found") << "no unit calls it";
  const Trace trace = workshop.RunTraced("program");
  EXPECT_EQ(trace.events.size(), 2u);
  EXPECT_EQ(trace.hits, (std::map<uint32_t, unsigned>{{1, 2}}));
}

TEST_P(LevelsTest, WithoutColumnsTheLineCounts) {
  Workshop workshop;
  workshop.Write("a.c", R"(#define ONE 1
int Sum(int a, int b) { return a + b; }
int main(void) {
  int x = Sum(3,
              ONE);
  static int unused;
  return x - 4;
}
)");
  workshop.Write("x.flowdb", R"(SOURCE,1,a.c,4,0,0
SOURCE,2,a.c,5,0,0
SOURCE,3,a.c,6,0,0
SINK,1,a.c,7,0,0
FLOW,1,1,1,[],test
)");
  workshop.set_database(workshop.Path("x.flowdb"));
  ASSERT_EQ(workshop.FlowCc({"-w", GetParam(), "a.c", "-o", "program"}).exit_code, 0);
  FoundById found = ReadReport(workshop.Path("program.flowreport.json"));
  EXPECT_EQ((found[{"SOURCE", 1}].what), "call:Sum");
  EXPECT_EQ((found[{"SOURCE", 2}].what), "call:Sum") << "a constant argument's line";
  EXPECT_EQ((found[{"SOURCE", 3}].status), "not_found");
  EXPECT_EQ((found[{"SINK", 1}].status), "exact");
}

// Objects of a preprocessed file, or of a source that is gone: then columns alone decide.
TEST_P(LevelsTest, WithoutTheSourceTheColumnsDecide) {
  Workshop workshop;
  const char* text =
      "int main(int argc, char** argv) {\n  int x;\n  x = argc;\n  return x - 1;\n}\n";
  workshop.Write("b.c", absl::StrCat("# 1 \"/nonexistent/gone.c\"\n", text));
  workshop.Write("x.flowdb", R"(SOURCE,1,gone.c,3,7,10
SOURCE,2,gone.c,3,3,3
SINK,1,gone.c,4,10,14
FLOW,1,1,1,[],test
)");
  workshop.set_database(workshop.Path("x.flowdb"));
  ASSERT_EQ(workshop.FlowCc({GetParam(), "b.c", "-o", "program"}).exit_code, 0);
  FoundById found = ReadReport(workshop.Path("program.flowreport.json"));
  EXPECT_EQ((found[{"SOURCE", 1}].status), "exact");
  EXPECT_EQ((found[{"SOURCE", 2}].status), "approximate");
  EXPECT_EQ((found[{"SOURCE", 2}].what), "store") << "the nearest";
  EXPECT_EQ((found[{"SINK", 1}].status), "exact");
}

INSTANTIATE_TEST_SUITE_P(Levels, LevelsTest, Values("-O0", "-O2"),
                         [](const auto& test) { return &test.param[1]; });

}  // namespace
}  // namespace flowmon::test
