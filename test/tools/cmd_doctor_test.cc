// `flowmon doctor` on the real situations that it tells apart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "flowdb/str_cat.h"
#include "test/instrument/flow_cc_harness.h"
#include "tools/commands.h"

namespace flowmon::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProgram[] = R"(#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
char input[64], copy[64];
int main(void) {
  long size = read(0, input, 63);
  if (size < 1) return 0;
  if (input[0] == 'c') abort();
  if (input[0] == 't') pause();
  if (input[0] == 'q') puts(input);
  memcpy(copy, input, (size_t)size);
  return 0;
}
)";
constexpr char kDatabase[] = R"(SOURCE,1,main.c,7,0,0
SOURCE,2,main.c,11,24,34
INTERMEDIATE,1,main.c,8,0,0
SINK,1,main.c,12,3,35
FLOW,1,1,1,[1],read to copy
)";
const std::string kSid = FLOWMON_SOURCE_DIR "/build/aflpp/sid/bin/afl-fuzz";
const std::string kEmptyMutator = FLOWMON_SOURCE_DIR "/test/targets/empty_mutator.c";
const std::string kRuntime = FLOWMON_BINARY_DIR "/lib/libflow_runtime.a";

class CmdDoctorTest : public ::testing::Test {
 protected:
  using Environment = std::map<std::string, std::string>;

  CmdDoctorTest() {
    workshop_.Write("main.c", kProgram);
    workshop_.Write("x.flowdb", kDatabase);
    workshop_.Write("seed", "hello");
    workshop_.set_database(Path("x.flowdb"));
    environment_ = {{"AFL_CUSTOM_MUTATOR_LIBRARY", FLOWMON_BINARY_DIR "/lib/libflowmon.so"},
                    {"FLOW_MONITOR_FLOWDB", Path("x.flowdb")},
                    {"FLOW_SHM_DIR", shm_.path()}};
  }

  std::string Path(const std::string& name) const { return workshop_.Path(name); }
  void Build(std::vector<std::string> more = {}, const Environment& environment = {}) {
    std::vector<std::string> args = {"-g", "main.c", "-o", "program"};
    args.insert(args.end(), more.begin(), more.end());
    const Ended ended = workshop_.FlowCc(args, environment);
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
  }
  // With `environment` on top of one in which all is well.
  Ended Doctor(std::vector<std::string> args, const Environment& environment = {}) {
    Environment all = environment_;
    for (const auto& [name, value] : environment) all[name] = value;
    const bool has_time = args[0] == "-t", has_afl = args[0] == "--afl-fuzz";
    if (!has_time) args.insert(args.begin(), {"-t", "20000"});  // the machine may be busy
    if (!has_afl) args.insert(args.begin(), {"--afl-fuzz", kSid});
    args.insert(args.begin(), {FLOWMON_BINARY_DIR "/bin/flowmon", "doctor"});
    return RunProgram({.argv = std::move(args), .environment = all, .directory = Path("")});
  }
  // On ./program with a seed that is fine.
  Ended DoctorOfProgram(const Environment& environment = {}) {
    return Doctor({"-i", "seed", "--", "./program"}, environment);
  }
  void ExpectProblem(const Ended& ended, const std::string& sentence, const std::string& remedy) {
    EXPECT_EQ(ended.exit_code, kExitFindings);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("problem  " + sentence), HasSubstr(remedy)));
  }
  void ExpectWarningOnly(const Ended& ended, const std::string& sentence,
                         const std::string& remedy) {
    EXPECT_EQ(ended.exit_code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("warning  " + sentence), HasSubstr(remedy),
                                    HasSubstr("No problem found.")));
  }

  Workshop workshop_{"afl-clang-fast"};
  const TempDir shm_ = TempDir::InSharedMemory();
  Environment environment_;
};

TEST_F(CmdDoctorTest, AllIsWell) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, {"-s"}, {"-O2", "-Wl,--gc-sections"}}) {
    Build(options);
    const Ended ended = DoctorOfProgram();
    EXPECT_EQ(ended.exit_code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output,
                AllOf(HasSubstr("ok       AFL++: instrumented, one process per input (fork mode)"),
                      HasSubstr("ok       flow-cc: 1 object compiled with a database"),
                      HasSubstr(StrCat("ok       flows: all 1 flows of ", Path("x.flowdb"))),
                      HasSubstr("run      seed: exit 0, 2 events, 1 intermediates, complete: 1"),
                      ::testing::ContainsRegex("\\+0 ns +SOURCE 1 +main.c:7 +5 B"),
                      ::testing::ContainsRegex("SINK +1 +main.c:12 +5 B"),
                      HasSubstr("ok       attach: the target has mapped the session"),
                      HasSubstr("ok       reached: 1 flow is complete"),
                      HasSubstr("No problem found."), Not(HasSubstr("warning"))));
  }
}

TEST_F(CmdDoctorTest, TargetThatCannotBeRun) {
  ExpectProblem(Doctor({"--", "./none"}), "target: ./none is not there", "Give the target behind");
  workshop_.Write("text", "no program");
  ExpectProblem(Doctor({"--", "./text"}), "target: ./text is not executable", "Give the target");
  chmod(Path("text").c_str(), 0755);
  ExpectProblem(Doctor({"--", "./text"}), "target: ./text is no ELF program", "built with flow-cc");
}

TEST_F(CmdDoctorTest, NotBuiltByAflOrFlowCc) {
  Build({}, {{"FLOW_CC_BACKEND", "clang-14"}});
  ExpectProblem(DoctorOfProgram(), "AFL++: ./program was not built by an AFL++ compiler",
                "FLOW_CC_BACKEND names another compiler");
  for (const char* strip : {"-g", "-s"}) {
    const Ended built = RunProgram({.argv = {"afl-clang-fast", "main.c", strip, "-o", "program"},
                                    .environment = {{"AFL_QUIET", "1"}},
                                    .directory = Path("")});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    const Ended ended = DoctorOfProgram();
    ExpectProblem(ended, "flow-cc: ./program has nothing of flow-cc in it", "CC=flow-cc");
    EXPECT_THAT(ended.output, AllOf(HasSubstr("ok       AFL++"), Not(HasSubstr("attach"))));
  }
  Build({"-DNOTHING"}, {{"FLOW_DB", ""}});
  ExpectProblem(DoctorOfProgram(), "flow-cc: ./program has nothing of flow-cc in it", "FLOW_DB");
}

TEST_F(CmdDoctorTest, AnotherDatabase) {
  Build();
  workshop_.Write("x.flowdb", StrCat(kDatabase, "# changed\n"));
  const Ended changed = DoctorOfProgram();
  ExpectProblem(changed, "database: the program was compiled with another database than",
                "Compile from scratch with this database");
  EXPECT_THAT(changed.output,
              HasSubstr("problem  database: the running target was compiled with another"));

  workshop_.Write("more.c", "int more = 1;\n");
  ASSERT_EQ(workshop_.FlowCc({"-c", "main.c"}).exit_code, 0);
  workshop_.Write("y.flowdb", kDatabase);
  workshop_.set_database(Path("y.flowdb"));
  ASSERT_EQ(workshop_.FlowCc({"-c", "more.c"}).exit_code, 0);
  ASSERT_EQ(workshop_.FlowCc({"main.o", "more.o", "-o", "program"}).exit_code, 0);
  ExpectProblem(DoctorOfProgram(), "database: the objects were compiled with several databases",
                "Compile all of the program from scratch");
  const Ended named = Doctor({"-i", "seed", "--flowdb", "x.flowdb", "--", "./program"});
  ExpectProblem(named, "database: 1 of 2 objects were compiled with another database", "");
  EXPECT_THAT(named.output, HasSubstr("the running target has objects of several databases"));
}

TEST_F(CmdDoctorTest, DatabaseThatIsGoneOrNotThePlugins) {
  Build();
  workshop_.Write("y.flowdb", StrCat(kDatabase, "# another\n"));
  ExpectProblem(DoctorOfProgram({{"FLOW_MONITOR_FLOWDB", Path("y.flowdb")}}),
                StrCat("plugin: the plugin will load another database, ", Path("y.flowdb")),
                StrCat("Set FLOW_MONITOR_FLOWDB=", Path("x.flowdb")));
  ExpectWarningOnly(DoctorOfProgram({{"FLOW_MONITOR_FLOWDB", ""}}),
                    "plugin: FLOW_MONITOR_FLOWDB is not set", "Set FLOW_MONITOR_FLOWDB=");
  remove(Path("x.flowdb").c_str());
  ExpectProblem(DoctorOfProgram(), "database: ", "If the database has moved");
}

TEST_F(CmdDoctorTest, FlowsThatAreNotInTheProgram) {
  workshop_.Write("x.flowdb", StrCat(kDatabase, "SINK,9,gone.c,3,0,0\nFLOW,2,1,9,[],gone\n"));
  Build();
  ExpectWarningOnly(DoctorOfProgram(),
                    "flows: 1 of 2 flows can never complete, their locations are not in the "
                    "program: flow 2 (SINK 9 at gone.c:3: file not in this program)",
                    "See `flowmon flowdb match`");
  workshop_.Write("x.flowdb", "SOURCE,1,gone.c,1,0,0\nSINK,1,gone.c,2,0,0\nFLOW,1,1,1,[],\n");
  Build();
  const Ended none = DoctorOfProgram();
  ExpectProblem(none, "flow-cc: ./program was compiled by flow-cc, but has no location", "reasons");
  EXPECT_THAT(none.output, HasSubstr("problem  flows: 1 of 1 flows can never complete"));
}

TEST_F(CmdDoctorTest, Environment) {
  Build();
  ExpectProblem(DoctorOfProgram({{"FLOW_SHM", "off"}}),
                "environment: FLOW_SHM=off: the target reports nothing", "Unset FLOW_SHM.");
  ExpectWarningOnly(DoctorOfProgram({{"FLOW_SHM", "files"}}), "environment: FLOW_SHM=files", "");
  ExpectWarningOnly(DoctorOfProgram({{"DF_COVERAGE_MAP_SIZE", "1"}}),
                    "environment: DF_COVERAGE_MAP_SIZE is 1, but the database needs 2", "Unset");
  ExpectProblem(DoctorOfProgram({{"FLOW_MONITOR_SHARED_MEMORY_MAP_SIZE", "1"}}),
                "map: shared_memory.map_size is 1, but the database needs 2", "at 0");
  ExpectProblem(DoctorOfProgram({{"FLOW_MONITOR_PROCESSING_RECORD", "alll"}}),
                "configuration: ", "doc/CONFIG.md");
}

TEST_F(CmdDoctorTest, Plugin) {
  Build();
  const char* variable = "AFL_CUSTOM_MUTATOR_LIBRARY";
  ExpectWarningOnly(DoctorOfProgram({{variable, ""}}),
                    "plugin: AFL_CUSTOM_MUTATOR_LIBRARY is not set", "libflowmon.so");
  ExpectProblem(DoctorOfProgram({{variable, "/nowhere/libflowmon.so"}}),
                "plugin: AFL_CUSTOM_MUTATOR_LIBRARY names /nowhere/libflowmon.so, which is not",
                "Give the path");
  ExpectProblem(DoctorOfProgram({{variable, Path("main.c")}}),
                StrCat("plugin: ", Path("main.c"), " cannot be loaded: "), "Install what is");
  const Ended other = RunProgram(
      {.argv = {"clang-14", "-shared", "-fPIC", "-x", "c", kEmptyMutator, "-o", "other.so"},
       .directory = Path("")});
  ASSERT_EQ(other.exit_code, 0) << other.output;
  ExpectProblem(DoctorOfProgram({{variable, Path("other.so")}}),
                "plugin: AFL_CUSTOM_MUTATOR_LIBRARY=", "last in the list");
  EXPECT_EQ(DoctorOfProgram({{variable, StrCat(Path("other.so"), ";", environment_[variable])}})
                .exit_code,
            kExitOk);
}

TEST_F(CmdDoctorTest, AflFuzz) {
  Build();
  ExpectWarningOnly(Doctor({"--afl-fuzz", "/usr/bin/afl-fuzz", "-i", "seed", "--", "./program"}),
                    "afl-fuzz: /usr/bin/afl-fuzz 4.04c has no afl_custom_post_run", "Nothing has");
  ExpectWarningOnly(Doctor({"--afl-fuzz", "/bin/true", "-i", "seed", "--", "./program"}),
                    "afl-fuzz: /bin/true does not tell its version", "--afl-fuzz");
}

TEST_F(CmdDoctorTest, Wrappers) {
  Build();
  const Ended cleared =
      Doctor({"-i", "seed", "--", "env", "-u", "FLOWMON_SESSION", "-u", "FLOWMON_PLUGIN", "-u",
              "FLOW_SHM_DIR", "FLOW_SHM=off", "./program"});
  ExpectProblem(cleared, "attach: the target is instrumented, and has not attached",
                "pass its environment on");
  EXPECT_THAT(cleared.output, HasSubstr("/env is a wrapper around ./program"));
  ExpectWarningOnly(Doctor({"-i", "seed", "--", "env", "./program"}), "target: ", "itself");

  workshop_.Write("run.sh", "#!/bin/sh\nexec env -i FLOW_SHM=off ./program\n");
  chmod(Path("run.sh").c_str(), 0755);
  const Ended script = Doctor({"-i", "seed", "--flowdb", "x.flowdb", "--", "./run.sh"});
  ExpectProblem(script, "target: ./run.sh is a script, which afl-fuzz does not run", "starts");
  EXPECT_THAT(script.output, HasSubstr("attach: nothing that the script starts has attached"));
}

TEST_F(CmdDoctorTest, SessionThatCannotBeMapped) {
  Build();
  ExpectWarningOnly(Doctor({"-i", "seed", "--", "env", "FLOWMON_SESSION=9:9", "./program"}),
                    "attach: the target reports into files, not into the session", "doc/SHM.md");
}

TEST_F(CmdDoctorTest, SharedMemory) {
  Build();
  const Environment files = {{"FLOW_MONITOR_SHARED_MEMORY_MODE", "files"}};
  EXPECT_EQ(DoctorOfProgram(files).exit_code, kExitOk);
  Environment missing = files;
  missing["FLOW_SHM_DIR"] = "/nowhere";
  ExpectProblem(DoctorOfProgram(missing), "shared memory: /nowhere is not there",
                "another directory with FLOW_SHM_DIR");
  ExpectWarningOnly(DoctorOfProgram({{"FLOW_SHM_DIR", "/nowhere"}}),
                    "shared memory: /nowhere is not there: programs that cannot map", "");

  // A file system of its own, in a mount namespace.
  if (RunProgram({.argv = {"unshare", "-m", "true"}}).exit_code != 0)
    GTEST_SKIP() << "mount namespaces are not allowed here";
  const auto on_tmpfs = [&](const std::string& prepare) {
    const std::string script = StrCat(
        "mount -t tmpfs -o size=1m none ", shm_.path(), " && { ", prepare, "; } 2>/dev/null; exec ",
        FLOWMON_BINARY_DIR, "/bin/flowmon doctor --afl-fuzz ", kSid, " -i seed -- ./program");
    Environment environment = environment_;
    environment["FLOW_MONITOR_SHARED_MEMORY_MODE"] = "files";
    return RunProgram({.argv = {"unshare", "-m", "sh", "-c", script},
                       .environment = environment,
                       .directory = Path("")});
  };
  EXPECT_EQ(on_tmpfs("true").exit_code, kExitOk);
  ExpectProblem(on_tmpfs(StrCat("head -c 850k /dev/zero > ", shm_.path(), "/fill")),
                StrCat("shared memory: less than 25 % of ", shm_.path(), " is free"), "cleanup");
  ExpectProblem(on_tmpfs(StrCat("cat /dev/zero > ", shm_.path(), "/fill")),
                StrCat("shared memory: ", shm_.path(), " is full"), "cleanup");
  ExpectProblem(on_tmpfs(StrCat("mount -o remount,ro ", shm_.path())),
                StrCat("shared memory: ", shm_.path(), " is not writable"), "FLOW_SHM_DIR");
}

TEST_F(CmdDoctorTest, NeverReached) {
  workshop_.Write("x.flowdb",
                  "SOURCE,1,main.c,11,24,34\nINTERMEDIATE,1,main.c,7,0,0\nSINK,1,main.c,9,0,0\n"
                  "SINK,2,main.c,12,3,35\nFLOW,1,1,1,[1],puts to abort\n");
  Build();
  workshop_.Write("nothing", "");
  ExpectProblem(Doctor({"-i", "nothing", "--", "./program"}),
                "reached: no source and no sink was reached with any of 1 inputs, only inter",
                "Check that the inputs get past");
  ExpectWarningOnly(Doctor({"--", "./program"}),
                    "reached: no source and no sink was reached with the empty input",
                    "Give the seeds with -i.");
  ExpectWarningOnly(DoctorOfProgram(), "reached: events came, but no flow is complete", "Fuzz");
}

TEST_F(CmdDoctorTest, SeedsThatCrashOrTimeOut) {
  Build();
  mkdir(Path("in").c_str(), 0755);
  workshop_.Write("in/a", "hello");
  workshop_.Write("in/b", "crash");
  workshop_.Write("in/c", "time");
  const Ended ended = Doctor({"-t", "2000", "-i", "in", "--", "./program"});
  ExpectWarningOnly(ended, "run: 1 of 3 inputs crash the target", "does not start from");
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("in/b: SIGABRT, 1 events"), HasSubstr("in/c: time-out, 1 events"),
                    HasSubstr("warning  run: 1 of 3 inputs time out")));
  ExpectWarningOnly(Doctor({"--max-inputs", "1", "-i", "in", "--", "./program"}),
                    "run: only the first 1 of 3 inputs are run", "--max-inputs");
}

TEST_F(CmdDoctorTest, PersistentLoop) {
  workshop_.Write("main.c", R"(#include <stddef.h>
#include <stdint.h>
char first;
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) first = (char)data[0];
  return first == 'x';
}
)");
  workshop_.Write("x.flowdb", "SOURCE,1,main.c,4,0,0\nSINK,1,main.c,5,0,0\nFLOW,1,1,1,[],d\n");
  const std::string driver = FLOWMON_SOURCE_DIR "/examples/driver.c";
  Build({driver});
  const Ended ended = DoctorOfProgram();
  EXPECT_EQ(ended.exit_code, kExitOk) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("ok       AFL++: instrumented, with a persistent loop\n"));

  ASSERT_EQ(workshop_.FlowCc({"-c", "main.c", driver}).exit_code, 0);
  const Ended linked =
      RunProgram({.argv = {"afl-clang-fast", "main.o", "driver.o", kRuntime, "-o", "program"},
                  .environment = {{"AFL_QUIET", "1"}},
                  .directory = Path("")});
  ASSERT_EQ(linked.exit_code, 0) << linked.output;
  ExpectWarningOnly(DoctorOfProgram(), "AFL++: instrumented, with a persistent loop whose rounds",
                    "Link with flow-cc");
}

TEST_F(CmdDoctorTest, ASharedLibraryCounts) {
  workshop_.Write("host.c", "int Work(void);\nint main(void) { return Work(); }\n");
  ASSERT_EQ(workshop_.FlowCc({"-g", "-shared", "-fPIC", "-Dmain=Work", "main.c", "-o", "lib.so"})
                .exit_code,
            0);
  const Ended host = RunProgram({.argv = {"afl-clang-fast", "host.c", "./lib.so", "-o", "program"},
                                 .environment = {{"AFL_QUIET", "1"}},
                                 .directory = Path("")});
  ASSERT_EQ(host.exit_code, 0) << host.output;
  const Ended ended = DoctorOfProgram();
  EXPECT_EQ(ended.exit_code, kExitOk) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("reached: 1 flow is complete"));
}

TEST_F(CmdDoctorTest, Json) {
  Build();
  const Ended ended = Doctor({"--json", "-i", "seed", "--", "./program"});
  EXPECT_EQ(ended.exit_code, kExitOk);
  const nlohmann::json json = nlohmann::json::parse(ended.output);
  EXPECT_EQ(json["problems"], 0);
  EXPECT_EQ(json["checks"][0]["level"], "ok");
  EXPECT_EQ(json["checks"][0]["name"], "AFL++");
  const nlohmann::json& run = json["runs"][0];
  EXPECT_EQ(run["input"], "seed");
  EXPECT_EQ(run["end"], "exit 0");
  EXPECT_EQ(run["completed_flows"], nlohmann::json::array({1}));
  EXPECT_EQ(run["first_events"][1]["type"], "SINK");
  EXPECT_EQ(run["first_events"][1]["place"], "main.c:12");
  EXPECT_EQ(nlohmann::json::parse(Doctor({"--json", "--", "./none"}).output)["problems"], 1);
}

TEST_F(CmdDoctorTest, WrongUsage) {
  EXPECT_EQ(Doctor({"-i", "/nowhere", "--", "./program"}).exit_code, kExitUsage);
  EXPECT_EQ(Doctor({"-i", "seed"}).exit_code, kExitUsage) << "no target";
  mkdir(Path("none").c_str(), 0755);
  const Ended ended = Doctor({"-i", "none", "--", "./program"});
  EXPECT_EQ(ended.exit_code, kExitUsage);
  EXPECT_EQ(ended.output, "flowmon: -i names no files\n");
}

}  // namespace
}  // namespace flowmon::test
