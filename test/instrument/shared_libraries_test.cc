// A process has one runtime, whatever it is put together from: a program with or without marks of
// its own, and two instrumented libraries that are linked, preloaded, or opened and closed at any
// time. In both lanes.

#include <gtest/gtest.h>
#include <unistd.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "plugin/session_lane.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::ValuesIn;

// The places of library.c, as a.c and b.c, and of loader.c.
constexpr char kDatabase[] = R"(SOURCE,1,a.c,14,0,0
SINK,1,b.c,14,0,0
INTERMEDIATE,1,a.c,12,0,0
INTERMEDIATE,2,b.c,12,0,0
INTERMEDIATE,3,loader.c,46,0,0
FLOW,1,1,1,[1,2,3],test
)";
// As libraries with an interface of their own are linked: nothing else is visible.
constexpr char kVersionScript[] = "{ global: Work*; local: *; };\n";

const std::vector<std::string> kLinked = {"-DLINKED", "-L.", "-la", "-lb", "-Wl,-rpath,."};
const std::vector<std::string> kHidden = {"-Wl,--version-script=hidden.map"};

struct Scenario {
  const char* name;
  const char* script;       // loader.c
  unsigned work_a, work_b;  // how often the libraries do their work; each also when it is loaded
  bool is_marked = true;    // the program
  std::vector<std::string> program_options = {};
  std::vector<std::string> library_options = {};
  std::string preload = {};
  size_t num_processes = 1;  // that report
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  return out << scenario.name;
}

const std::vector<Scenario> kScenarios = {
    {"Linked", "abm#", 2, 2, true, kLinked},
    {"LinkedToABareProgram", "ab#", 2, 2, false, kLinked},
    {"LinkedAndHidden", "abm#", 2, 2, true, kLinked, kHidden},
    {"LinkedAndHiddenToABareProgram", "ab#", 2, 2, false, kLinked, kHidden},
    {"Symbolic", "aabm#", 3, 2, true, kLinked, {"-Wl,-Bsymbolic"}},
    {"ProgramThatHidesItsRuntime",
     "abm#",
     2,
     2,
     true,
     {"-DLINKED", "-L.", "-la", "-lb", "-Wl,-rpath,.", "-Wl,--exclude-libs,ALL"}},
    {"Opened", "ABabm#", 2, 2},
    {"OpenedAndHidden", "ABabm#", 2, 2, true, {}, kHidden},
    {"OpenedByABareProgram", "ABabb#", 2, 3, false},
    {"OpenedAndHiddenByABareProgram", "ABabb#", 2, 3, false, {}, kHidden},
    {"Preloaded", "ABabm#", 2, 2, true, {}, {}, "./liba.so:./libb.so"},
    {"PreloadedToABareProgram", "ABab#", 2, 2, false, {}, {}, "./liba.so:./libb.so"},
    {"OneIsPreloadedToABareProgram", "ABab#", 2, 2, false, {}, kHidden, "./libb.so"},
    {"ManyReports",
     "ABaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbm#",
     25,
     26,
     true,
     {},
     kHidden},
    {"OpenedBeforeAFork", "ABfabm#", 2, 2, true, {}, {}, "", 2},
    {"OpenedBeforeAForkOfABareProgram", "ABfab#", 2, 2, false, {}, {}, "", 2},
    {"OpenedAfterAFork", "fABabm#", 2, 2, true},
    {"OpenedAfterAForkOfABareProgram", "fABab#", 2, 2, false},
    {"OpenedAroundAForkOfABareProgram", "AafBabb#", 3, 3, false, {}, {}, "", 2},
    {"ClosedAndOpenedAgain", "AaxAaBbyBbm#", 4, 4},
    {"ClosedAndOpenedAgainAndHidden", "AaxAaBbyBbm#", 4, 4, true, {}, kHidden},
    // The first one holds the runtime and is never unloaded.
    {"ClosedAndOpenedAgainByABareProgram", "AaBxbyBbAa#", 3, 4, false},
    {"ForkAfterAllIsClosed", "AaBbxyfAaBbm#", 4, 4, true, {}, kHidden, "", 2},
};

struct Seen {
  uint64_t num_sources = 0, num_sinks = 0;
  std::map<uint32_t, unsigned> hits = {};
  uint64_t num_lost = 0;
  size_t num_processes = 0;
};

class SharedLibrariesTest : public ::testing::TestWithParam<Scenario> {
 protected:
  void Build() {
    const Scenario& scenario = GetParam();
    for (const char* name : {"a.c", "b.c"}) {
      workshop_.Write(name, ReadFile(ProgramSource("library.c")));
    }
    workshop_.Write("loader.c", ReadFile(ProgramSource("loader.c")));
    workshop_.Write("hidden.map", kVersionScript);
    workshop_.Write("x.flowdb", kDatabase);
    workshop_.set_database(workshop_.Path("x.flowdb"));
    Compile({"-O2", "-fPIC", "-shared", "-DPART=A", "a.c", "-o", "liba.so"},
            scenario.library_options);
    Compile({"-O2", "-fPIC", "-shared", "-DPART=B", "b.c", "-o", "libb.so"},
            scenario.library_options);
    std::vector<std::string> args = {"-O2", "loader.c", "-o", "loader"};
    if (scenario.is_marked) return Compile(args, scenario.program_options);
    args.insert(args.begin(), "clang-14");
    args.insert(args.end(), scenario.program_options.begin(), scenario.program_options.end());
    const Ended ended = RunProgram({.argv = args, .directory = workshop_.Path("")});
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
  }

  Seen RunInFiles() {
    const TempDir shm = TempDir::InSharedMemory();
    Run({{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", shm.path()}});
    const Trace trace = ReadTrace(shm.path());
    Seen seen{.hits = trace.hits,
              .num_lost = trace.uncounted,
              .num_processes = ListNames(shm.path()).size() / 2};
    if (seen.num_processes == 1) {  // all reports, also past the limit for one id
      seen.num_sources = trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SOURCE, 1));
      seen.num_sinks = trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SINK, 1));
      return seen;
    }
    for (const flow_event& event : trace.events) {
      ++(event.type == FLOW_EVENT_SOURCE ? seen.num_sources : seen.num_sinks);
    }
    return seen;
  }

  Seen RunInSession() {
    const auto lane = SessionLane::Create(64, 100);
    EXPECT_TRUE(lane.ok());
    (*lane)->BeginRun();
    Run({{"FLOW_SHM", ""},
         {FLOW_PLUGIN_ENV, std::to_string(getpid())},
         {FLOW_SESSION_ENV, (*lane)->setting()},
         {"FLOW_SHM_DIR", "/nowhere/at/all"}});
    Execution execution;
    (*lane)->Collect(execution);
    execution.Normalize();
    Seen seen{.num_sources = execution.num_sources,
              .num_sinks = execution.num_sinks,
              .num_lost = execution.events_produced - execution.events_capped() -
                          execution.events.size() + execution.hits_uncounted + execution.hits_late,
              .num_processes = execution.pids.size()};
    for (const Hit& hit : execution.hits) seen.hits[hit.id] = hit.count;
    return seen;
  }

 private:
  void Compile(std::vector<std::string> args, const std::vector<std::string>& more) {
    args.insert(args.end(), more.begin(), more.end());
    const Ended ended = workshop_.FlowCc(args);
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
  }

  // Below a shell, which stands between the observer and the program as a forkserver does.
  void Run(const std::map<std::string, std::string>& environment) const {
    const Scenario& scenario = GetParam();
    const std::string command = absl::StrCat("LD_PRELOAD=", scenario.preload, " ./loader; exit $?");
    const Ended ended = RunProgram({.argv = {"/bin/sh", "-c", command},
                                    .environment = environment,
                                    .input = scenario.script,
                                    .directory = workshop_.Path("")});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    EXPECT_EQ(ended.output, "mappings: 1\n");
  }

  Workshop workshop_;
};

TEST_P(SharedLibrariesTest, ShareOneRuntime) {
  const Scenario& scenario = GetParam();
  Build();
  std::map<uint32_t, unsigned> hits = {{1, 3 * scenario.work_a}, {2, 3 * scenario.work_b}};
  if (scenario.is_marked) hits[3] = 1;
  for (const bool in_session : {false, true}) {
    SCOPED_TRACE(in_session ? "in the session lane" : "in the lane of files");
    const Seen seen = in_session ? RunInSession() : RunInFiles();
    EXPECT_EQ(seen.num_sources, scenario.work_a);
    EXPECT_EQ(seen.num_sinks, scenario.work_b);
    EXPECT_EQ(seen.hits, hits);
    EXPECT_EQ(seen.num_lost, 0u);
    EXPECT_EQ(seen.num_processes, scenario.num_processes);
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, SharedLibrariesTest, ValuesIn(kScenarios),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace flowmon::test
