// What the pass says of the data that a label or a user's rule asks for. What is then reported:
// flow_pass_test.cc, with programs/operands.c and programs/functions.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ChooseDataTest : public ::testing::TestWithParam<const char*> {
 protected:
  ChooseDataTest() : workshop_(GetParam()) {
    workshop_.Write("a.c",
                    "int f(int);\nint a[4];\nint main(int n, char **v) {\n"
                    "  return a[n] + !v;\n}\nint f(int n) { return n; }\n"
                    "int g(int n) {\n  return f(n);\n}\n");
    workshop_.set_database(workshop_.Path("x.flowdb"));
  }
  Workshop workshop_;
};

TEST_P(ChooseDataTest, TheReportSaysWhatTheLabelHasChosen) {
  workshop_.Write("x.flowdb", R"(SOURCE,1,a.c,4,10,13
SINK,1,a.c,4,10,13
SINK,2,a.c,4,10,13
SINK,3,a.c,4,10,13
FLOW,1,1,1,[],test
LABEL,SOURCE,1,data,index
LABEL,SINK,1,data,divisor
LABEL,SINK,2,data,nonsense
)");
  const Ended ended = workshop_.FlowCc({"a.c", "-o", "program"});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("2 locations have no such data as the label asks for, and "
                                      "the usual data is reported (SINK 1: load[no_divisor] at "));
  const auto report =
      nlohmann::json::parse(ReadFile(workshop_.Path("program.flowreport.json")))["locations"];
  EXPECT_EQ(report[0]["what"], "load[index]");
  EXPECT_EQ(report[1]["what"], "load[no_divisor]");
  EXPECT_EQ(report[2]["what"], "load[no_nonsense]");
  EXPECT_EQ(report[3]["what"], "load");
}

TEST_P(ChooseDataTest, AFunctionFileThatCannotBeReadIsACompileError) {
  workshop_.Write("x.flowdb", "SOURCE,1,a.c,8,10,13\nSINK,1,a.c,8,10,13\nFLOW,1,1,1,[],test\n");
  workshop_.Write("my.list", "# mine\nsink:f=txet:0\n");
  const Ended ended = workshop_.FlowCc({"-c", "a.c"}, {{"FLOW_FUNCTIONS", "my.list"}});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, HasSubstr("flow-cc: FLOW_FUNCTIONS: my.list:2: 'txet:0'"));
  EXPECT_EQ(workshop_.FlowCc({"-c", "a.c"}, {{"FLOW_FUNCTIONS", "none.list"}}).exit_code, 1);
}

TEST_P(ChooseDataTest, ARuleThatACallCannotFollowIsAWarning) {
  workshop_.Write("x.flowdb", "SOURCE,1,a.c,8,10,13\nSINK,1,a.c,8,10,13\nFLOW,1,1,1,[],test\n");
  workshop_.Write("my.list", "\nsink:f=text:1\nsource:f=value:return\n");
  const Ended ended = workshop_.FlowCc({"-c", "a.c"}, {{"FLOW_FUNCTIONS", "my.list"}});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output, HasSubstr("flow-cc: FLOW_FUNCTIONS line 2: f at "));
  EXPECT_THAT(ended.output, Not(HasSubstr("line 3")));
}

INSTANTIATE_TEST_SUITE_P(Clangs, ChooseDataTest, ::testing::ValuesIn(kClangs));

}  // namespace
}  // namespace flowmon::test
