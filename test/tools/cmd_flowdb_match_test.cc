// `flowmon flowdb match` on what flow-cc really built: a program and a shared library of it.

#include "tools/cmd_flowdb_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "flowdb/str_cat.h"
#include "test/instrument/flow_cc_harness.h"
#include "test/tools/call_command.h"

namespace flowmon::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Outcome Match(std::vector<std::string> args) {
  args.insert(args.begin(), "match");
  return CallCommand(AddFlowdbMatchCommand, std::move(args));
}

class CmdFlowdbMatchTest : public ::testing::Test {
 protected:
  CmdFlowdbMatchTest() {
    workshop_.Write("library.c", "int Add(int a, int b) {\n  return a + b;\n}\n");
    workshop_.Write("main.c", "int Add(int, int);\nint main(void) {\n  return Add(1, -1);\n}\n");
    workshop_.Write("x.flowdb", R"(SOURCE,1,main.c,3,10,19
SINK,1,library.c,2,10,14
SINK,2,gone.c,2,10,14
FLOW,1,1,1,[],into the library
FLOW,2,1,2,[],into nothing
)");
    workshop_.set_database(workshop_.Path("x.flowdb"));
    EXPECT_EQ(workshop_.FlowCc({"-shared", "-fPIC", "library.c", "-o", "library.so"}).exit_code, 0);
    EXPECT_EQ(workshop_.FlowCc({"main.c", "./library.so", "-o", "program"}).exit_code, 0);
  }

  std::string Path(const std::string& name) const { return workshop_.Path(name); }

  Workshop workshop_;
};

TEST_F(CmdFlowdbMatchTest, OneProgram) {
  const Outcome outcome = Match({Path("program")});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_THAT(
      outcome.out,
      StartsWith("program: 1 of 3 locations of x.flowdb instrumented (1 exact, 0 approxim"));
  EXPECT_THAT(outcome.out,
              ::testing::ContainsRegex("SOURCE +1  main.c:3:10-19 +exact +1  call:Add"));
  EXPECT_THAT(outcome.out,
              ::testing::ContainsRegex(
                  "SINK +1  library.c:2:10-14 +not found +0  file not in this program"));
  EXPECT_THAT(outcome.out, ::testing::ContainsRegex("1  incomplete  SINK 1 +into the library"));
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(CmdFlowdbMatchTest, ProgramAndLibraryGiveOneReport) {
  const Outcome outcome = Match({Path("program"), Path("library.so")});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_THAT(outcome.out, StartsWith("2 programs: 2 of 3 locations of x.flowdb instrumented"));
  EXPECT_THAT(outcome.out, ::testing::ContainsRegex("1  instrumented +into the library"));
  EXPECT_THAT(outcome.out, ::testing::ContainsRegex("2  incomplete +SINK 2 +into nothing"));

  const Outcome json = Match({"--json", Path("program"), Path("library.so")});
  const nlohmann::json report = nlohmann::json::parse(json.out);
  EXPECT_EQ(report["summary"]["exact"], 2);
  EXPECT_EQ(report["summary"]["flows_instrumented"], 1);
  EXPECT_EQ(report["program"], StrCat(Path("program"), ", ", Path("library.so")));
  EXPECT_EQ(report["locations"][2]["reason"], "file not in this program");
}

TEST_F(CmdFlowdbMatchTest, AllFoundIsExitCodeZero) {
  workshop_.Write("y.flowdb", "SOURCE,1,main.c,3,10,19\nSINK,1,main.c,3,0,0\nFLOW,1,1,1,[],\n");
  workshop_.set_database(Path("y.flowdb"));
  ASSERT_EQ(workshop_.FlowCc({"-c", "main.c"}).exit_code, 0);
  EXPECT_EQ(Match({Path("main.o")}).exit_code, kExitOk) << "objects will do";
}

TEST_F(CmdFlowdbMatchTest, DatabaseIsChosenOrSaidToBeAnother) {
  workshop_.Write("y.flowdb", "SOURCE,7,main.c,3,10,19\nSINK,1,main.c,3,0,0\nFLOW,1,7,1,[],\n");
  const Outcome other = Match({"--flowdb", Path("y.flowdb"), Path("program")});
  EXPECT_EQ(other.exit_code, kExitFindings);
  EXPECT_THAT(other.out, AllOf(HasSubstr("1 object was compiled with another database"),
                               HasSubstr("file compiled with another database")));

  workshop_.set_database(Path("y.flowdb"));
  ASSERT_EQ(workshop_.FlowCc({"-c", "main.c"}).exit_code, 0);
  const Outcome two = Match({Path("program"), Path("main.o")});
  EXPECT_EQ(two.exit_code, kExitUsage);
  EXPECT_EQ(two.err,
            StrCat("flowmon: the objects were compiled with several databases (", Path("x.flowdb"),
                   ", ", Path("y.flowdb"), "): choose one with --flowdb\n"));
}

TEST_F(CmdFlowdbMatchTest, UnusableInputIsOneSentence) {
  workshop_.Write("text", "no program\n");
  EXPECT_EQ(Match({Path("text")}).err,
            StrCat("flowmon: ", Path("text"),
                   ": not an ELF file; give programs, shared libraries or object files that "
                   "flow-cc made\n"));
  EXPECT_EQ(Match({Path("none")}).err,
            StrCat("flowmon: ", Path("none"), ": No such file or directory\n"));
  EXPECT_EQ(Match({"/bin/true"}).err,
            "flowmon: /bin/true has no notes of flow-cc: build it with flow-cc and FLOW_DB set\n");
  EXPECT_EQ(Match({Path("program"), "/bin/true"}).exit_code, kExitUsage);
  EXPECT_THAT(Match({"--flowdb", Path("none"), Path("program")}).err, HasSubstr(Path("none")));
}

TEST_F(CmdFlowdbMatchTest, MovedDatabaseIsAskedFor) {
  std::remove(Path("x.flowdb").c_str());
  const Outcome outcome = Match({Path("program")});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("if the database has moved, say where it is with --flowdb"));
}

}  // namespace
}  // namespace flowmon::test
