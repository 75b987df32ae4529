// flow-cc as a build system sees it: drop-in, quiet where it must be, and clear where it cannot
// help.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kMain[] = R"(#include <string.h>
char to[8];
void Copy(const char* from);
int main(void) {
  Copy("abc");
  return to[0] != 'a';
}
)";
constexpr char kCopy[] = R"(#include <string.h>
extern char to[8];
void Copy(const char* from);
void Copy(const char* from) {
  strcpy(to, from);
}
)";
constexpr char kDatabase[] = R"(SOURCE,1,main.c,5,3,6
SINK,1,copy.c,5,3,8
INTERMEDIATE,1,copy.c,2,0,0
INTERMEDIATE,2,gone.c,1,1,1
FLOW,1,1,1,[1,2],test
)";

class FlowCcTest : public ::testing::Test {
 protected:
  FlowCcTest() {
    workshop_.Write("main.c", kMain);
    workshop_.Write("copy.c", kCopy);
    workshop_.Write("x.flowdb", kDatabase);
  }
  void UseDatabase() { workshop_.set_database(workshop_.Path("x.flowdb")); }
  bool Exists(const std::string& name) const {
    return std::filesystem::exists(workshop_.Path(name));
  }
  nlohmann::json Report(const std::string& name) const {
    return nlohmann::json::parse(ReadFile(workshop_.Path(name)));
  }
  static std::string Printed(const Ended& ended) {
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return ended.output;
  }

  Workshop workshop_;
};

constexpr char kSummary[] =
    "flow-cc: prog: 2 of 4 locations of x.flowdb instrumented (2 exact, 0 approximate)\n"
    "flow-cc: not found: INTERMEDIATE 1 at copy.c:2: no code at that line\n"
    "flow-cc: not found: INTERMEDIATE 2 at gone.c:1:1-1: file not in this program\n";

TEST_F(FlowCcTest, ReportsAfterALink) {
  UseDatabase();
  EXPECT_EQ(Printed(workshop_.FlowCc({"main.c", "copy.c", "-o", "prog"})), kSummary);
  const nlohmann::json report = Report("prog.flowreport.json");
  EXPECT_EQ(report["program"], workshop_.Path("prog"));
  EXPECT_EQ(report["database"]["path"], workshop_.Path("x.flowdb"));
  EXPECT_EQ(report["summary"]["not_found"], 2);
  EXPECT_EQ(report["flows"][0]["instrumented"], false);
  EXPECT_EQ(workshop_.RunTraced("prog").events.size(), 2u);
}

TEST_F(FlowCcTest, CompilesAndLinksSeparately) {
  UseDatabase();
  EXPECT_EQ(Printed(workshop_.FlowCc({"-Werror", "-c", "main.c"})), "");
  EXPECT_EQ(Printed(workshop_.FlowCc({"-Werror", "-O2", "-c", "copy.c", "-o", "copy.o"})), "");
  EXPECT_EQ(Printed(workshop_.FlowCc({"-Werror", "main.o", "copy.o", "-oprog"})), kSummary);
  EXPECT_EQ(workshop_.RunTraced("prog").events.size(), 2u);
}

TEST_F(FlowCcTest, NotesSurviveSectionCollectionAndStripping) {
  UseDatabase();
  for (const char* linker : {"-fuse-ld=bfd", "-fuse-ld=lld"}) {
    EXPECT_EQ(Printed(workshop_.FlowCc({"main.c", "copy.c", "-o", "prog", "-ffunction-sections",
                                        "-fdata-sections", "-Wl,--gc-sections", "-s", linker})),
              kSummary);
  }
}

TEST_F(FlowCcTest, RelativeDatabaseHoldsForTheBackend) {
  workshop_.set_database("x.flowdb");
  EXPECT_EQ(Printed(workshop_.FlowCc({"main.c", "copy.c", "-o", "prog"})), kSummary);
}

TEST_F(FlowCcTest, SharedLibraryAndItsProgram) {
  UseDatabase();
  EXPECT_THAT(Printed(workshop_.FlowCc({"-shared", "-fPIC", "copy.c", "-o", "libcopy.so"})),
              StartsWith("flow-cc: libcopy.so: 1 of 4 locations"));
  EXPECT_THAT(Printed(workshop_.FlowCc({"main.c", "-o", "prog", "-L.", "-lcopy", "-Wl,-rpath,."})),
              StartsWith("flow-cc: prog: 1 of 4 locations"));
  EXPECT_EQ(workshop_.RunTraced("prog").events.size(), 2u) << "one runtime serves both";
}

TEST_F(FlowCcTest, LoadedLibraryUsesTheProgramsRuntime) {
  workshop_.Write("load.c", R"(#include <dlfcn.h>
char to[8];
int main(void) {
  void (*copy)(const char*) = (void (*)(const char*))dlsym(dlopen("./libcopy.so", RTLD_NOW), "Copy");
  const char* from = "abc";
  copy(from);
  return to[0] != 'a';
}
)");
  workshop_.Write("x.flowdb", R"(SOURCE,1,load.c,5,15,18
SINK,1,copy.c,5,3,8
FLOW,1,1,1,[],test
)");
  UseDatabase();
  Printed(workshop_.FlowCc({"-shared", "-fPIC", "copy.c", "-o", "libcopy.so"}));
  Printed(workshop_.FlowCc({"load.c", "-o", "prog", "-rdynamic", "-ldl"}));
  EXPECT_EQ(workshop_.RunTraced("prog").events.size(), 2u);
}

TEST_F(FlowCcTest, FileCompiledElsewhereIsNotInThisProgram) {
  ASSERT_EQ(
      RunProgram({.argv = {"gcc", "-c", workshop_.Path("copy.c"), "-o", workshop_.Path("copy.o")}})
          .exit_code,
      0);
  UseDatabase();
  EXPECT_THAT(Printed(workshop_.FlowCc({"main.c", "copy.o", "-o", "prog"})),
              HasSubstr("not found: SINK 1 at copy.c:5:3-8: file not in this program"));
}

TEST_F(FlowCcTest, ObjectsOfAnotherDatabaseAreAWarning) {
  UseDatabase();
  ASSERT_EQ(workshop_.FlowCc({"-c", "copy.c"}).exit_code, 0);
  workshop_.Write("x.flowdb", absl::StrCat(kDatabase, "# changed\n"));
  EXPECT_THAT(Printed(workshop_.FlowCc({"main.c", "copy.o", "-o", "prog"})),
              AllOf(HasSubstr("1 of 4 locations"),
                    HasSubstr("warning: 1 object was compiled with another database"),
                    HasSubstr("SINK 1 at copy.c:5:3-8: file compiled with another database")));
}

TEST_F(FlowCcTest, ReportGoesWhereFlowReportSays) {
  UseDatabase();
  const std::vector<std::string> args = {"main.c", "copy.c", "-o", "prog"};
  std::filesystem::create_directory(workshop_.Path("reports"));
  Printed(workshop_.FlowCc(args, {{"FLOW_REPORT", "one.json"}}));
  Printed(workshop_.FlowCc(args, {{"FLOW_REPORT", "reports"}}));
  EXPECT_TRUE(Exists("one.json"));
  EXPECT_TRUE(Exists("reports/prog.flowreport.json"));
  EXPECT_FALSE(Exists("prog.flowreport.json"));
}

TEST_F(FlowCcTest, ReportThatCannotBeWrittenDoesNotFailTheBuild) {
  UseDatabase();
  EXPECT_THAT(Printed(workshop_.FlowCc({"main.c", "copy.c", "-o", "prog"},
                                       {{"FLOW_REPORT", "/nowhere/report.json"}})),
              HasSubstr("cannot write the report /nowhere/report.json"));
}

TEST_F(FlowCcTest, WithoutDatabasePassesThroughWithAHint) {
  EXPECT_EQ(Printed(workshop_.FlowCc({"-c", "main.c"})), "");
  EXPECT_EQ(Printed(workshop_.FlowCc({"main.o", "copy.c", "-o", "prog"})),
            "flow-cc: FLOW_DB is not set: nothing of prog is instrumented for dataflows by this "
            "command\n");
  EXPECT_TRUE(workshop_.RunTraced("prog").events.empty());
  EXPECT_FALSE(Exists("prog.flowreport.json"));
}

TEST_F(FlowCcTest, MacrosWorkWithoutDatabase) {
  workshop_.Write("hand.c",
                  "#include <flowmon.h>\n"
                  "int main(void) { int v = 5; FLOW_SOURCE(&v, sizeof v, 3); FLOW_HIT(8);\n"
                  "  return 0; }\n");
  Printed(workshop_.FlowCc({"hand.c", "-o", "hand"}));
  const Trace trace = workshop_.RunTraced("hand");
  ASSERT_EQ(trace.events.size(), 1u);
  EXPECT_EQ(trace.events[0].id, 3u);
  EXPECT_EQ(trace.hits.at(8), 1u);
}

TEST_F(FlowCcTest, ProbesAreSilent) {
  workshop_.Write("conftest.c", "int main(void) { return 0; }\n");
  EXPECT_EQ(Printed(workshop_.FlowCc({"-o", "conftest", "conftest.c"})), "");
  UseDatabase();
  EXPECT_EQ(Printed(workshop_.FlowCc({"-o", "conftest", "-Werror", "conftest.c"})), "");
  EXPECT_FALSE(Exists("conftest.flowreport.json"));
}

TEST_F(FlowCcTest, CmakeProjectIsQuietUntilItsProgramIsLinked) {
  UseDatabase();
  workshop_.Write("CMakeLists.txt",
                  "cmake_minimum_required(VERSION 3.23)\nproject(p C CXX)\n"
                  "include(CheckFunctionExists)\ncheck_function_exists(strcpy HAVE_STRCPY)\n"
                  "add_executable(prog main.c copy.c)\n");
  const std::string bin = absl::StrCat(FLOWMON_BINARY_DIR, "/bin/");
  const std::map<std::string, std::string> environment = {{"FLOW_DB", workshop_.Path("x.flowdb")},
                                                          {"FLOW_CC_BACKEND", "clang-14"},
                                                          {"CC", bin + "flow-cc"},
                                                          {"CXX", bin + "flow-c++"},
                                                          {"FLOW_REPORT", ""}};
  const Ended configured =
      RunProgram({.argv = {"cmake", "-S", workshop_.Path(""), "-B", workshop_.Path("build")},
                  .environment = environment});
  EXPECT_THAT(Printed(configured),
              AllOf(HasSubstr("Looking for strcpy - found"), Not(HasSubstr("flow-cc: "))));
  EXPECT_THAT(Printed(RunProgram({.argv = {"cmake", "--build", workshop_.Path("build")},
                                  .environment = environment})),
              HasSubstr(kSummary));
  std::vector<std::string> reports;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(workshop_.Path("build"))) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".flowreport.json")) reports.push_back(name);
  }
  EXPECT_THAT(reports, ::testing::ElementsAre("prog.flowreport.json"));
}

TEST_F(FlowCcTest, InformationPassesThrough) {
  UseDatabase();
  EXPECT_THAT(Printed(workshop_.FlowCc({"-v"})), HasSubstr("clang version 14"));
  EXPECT_THAT(Printed(workshop_.FlowCc({"--version"})), HasSubstr("clang version 14"));
  EXPECT_THAT(Printed(workshop_.FlowCc({"-print-search-dirs"})), HasSubstr("libraries: ="));
  EXPECT_THAT(Printed(workshop_.FlowCc({"-E", "-Werror", "copy.c"})),
              HasSubstr("strcpy(to, from)"));
  EXPECT_THAT(Printed(workshop_.FlowCc({"-M", "copy.c"})), HasSubstr("string.h"));
  EXPECT_EQ(workshop_.FlowCc({}).exit_code, 1) << "no input files";
}

TEST_F(FlowCcTest, ReadsStandardInputAndResponseFiles) {
  UseDatabase();
  EXPECT_THAT(
      Printed(workshop_.FlowCc({"-x", "c", "-", "-o", "prog"}, {}, "int main(){return 0;}")),
      HasSubstr("prog: no file of x.flowdb is in this program"));
  workshop_.Write("args", "main.c copy.c '-o' prog -g0 -gno-column-info");
  EXPECT_EQ(Printed(workshop_.FlowCc({"@args"})), kSummary) << "-g0 does not defeat the pass";
}

TEST_F(FlowCcTest, AssemblyAndRelocatableLinksGetNothingAdded) {
  UseDatabase();
  workshop_.Write("a.s", ".section .note.GNU-stack,\"\",@progbits\n");
  EXPECT_EQ(Printed(workshop_.FlowCc({"-Werror", "-c", "a.s"})), "");
  ASSERT_EQ(workshop_.FlowCc({"-c", "main.c"}).exit_code, 0);
  EXPECT_EQ(Printed(workshop_.FlowCc({"-r", "main.o", "a.o", "-o", "both.o"})), "");
  EXPECT_FALSE(Exists("both.o.flowreport.json"));
  EXPECT_EQ(Printed(workshop_.FlowCc({"both.o", "copy.c", "-o", "prog"})), kSummary);
}

TEST_F(FlowCcTest, CompilersErrorsAreItsOwn) {
  UseDatabase();
  workshop_.Write("bad.c", "int main(void) { return }\n");
  const Ended ended = workshop_.FlowCc({"bad.c", "-o", "bad"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("bad.c:1:25: error"), Not(HasSubstr("flow-cc: "))));
}

TEST_F(FlowCcTest, OutputThatIsNoFileHasNoReport) {
  UseDatabase();
  EXPECT_EQ(Printed(workshop_.FlowCc({"main.c", "copy.c", "-o", "/dev/null"})), "");
}

struct Refusal {
  const char* name;
  std::map<std::string, std::string> environment;
  const char* message;
};

class FlowCcRefusalTest : public FlowCcTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(FlowCcRefusalTest, IsOneSentenceAndExitOne) {
  const Ended ended = workshop_.FlowCc({"-c", "main.c"}, GetParam().environment);
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, AllOf(StartsWith("flow-cc: "), HasSubstr(GetParam().message)));
  EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1);
  EXPECT_FALSE(Exists("main.o"));
}

INSTANTIATE_TEST_SUITE_P(
    Causes, FlowCcRefusalTest,
    ::testing::Values(
        Refusal{"Gcc", {{"FLOW_CC_BACKEND", "gcc"}}, "gcc is not clang"},
        Refusal{"AflGcc", {{"FLOW_CC_BACKEND", "afl-gcc"}}, "afl-gcc is not clang"},
        Refusal{"Missing", {{"FLOW_CC_BACKEND", "clang-0"}}, "cannot run the compiler clang-0"},
        Refusal{"NoDatabase",
                {{"FLOW_DB", "nowhere.flowdb"}},
                "FLOW_DB=nowhere.flowdb cannot be read"}),
    [](const auto& test) { return test.param.name; });

TEST_F(FlowCcTest, OtherClangVersionIsRefused) {
  workshop_.Write("clang-99", "#!/bin/sh\necho clang version 99.1.0\n");
  chmod(workshop_.Path("clang-99").c_str(), 0755);
  const Ended ended =
      workshop_.FlowCc({"-c", "main.c"}, {{"FLOW_CC_BACKEND", workshop_.Path("clang-99")}});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("is clang 99, which has no flow pass"),
                                  HasSubstr("flowmon is built for clang 14")));
}

TEST_F(FlowCcTest, CxxCompilerComesFromTheCOne) {
  workshop_.Write("a.cc", "#include <string>\nint main() { return (int)std::string().size(); }\n");
  Printed(workshop_.FlowCxx({"a.cc", "-o", "prog"}));
  const Ended ended = workshop_.FlowCxx({"a.cc"}, {{"FLOW_CC_BACKEND", "gcc"}});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, HasSubstr("set FLOW_CXX_BACKEND"));
}

}  // namespace
}  // namespace flowmon::test
