// Programs whose flows are derived by flow-cc and by flow-derive itself, then instrumented with
// what came out and run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "flowdb/reader.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kParser[] = R"(
#include <stdint.h>
#include <string.h>
#include <unistd.h>
struct message {
  unsigned length;
  unsigned kind;
};
static char text[300];
static int counts[4];
static void parse(const uint8_t* data, struct message* message) {
  message->length = data[0] | (unsigned)data[1] << 8;
  message->kind = data[2] & 3;
}
static void store(const struct message* message, const char* from) {
  memcpy(text, from, message->length);
  counts[message->kind]++;
}
int main(void) {
  static uint8_t input[70000];
  struct message message;
  if (read(0, input, sizeof input) < 3) return 1;
  parse(input, &message);
  store(&message, (const char*)input);
  return 0;
}
)";

std::vector<std::string> RulesOf(const FlowDb& db) {
  std::vector<std::string> rules;
  for (size_t i = 0; i < db.num_flows(); ++i) {
    rules.push_back(*db.FindLabel(RecordKind::kFlow, db.flow(i).id, "rule"));
  }
  std::sort(rules.begin(), rules.end());
  return rules;
}

FlowDb Read(const std::string& path) {
  absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
  EXPECT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file.ok() ? file->num_warnings : 0, 0U);
  return file.ok() ? std::move(file->db) : FlowDb();
}

// "4>9 copy" for a flow from line 4 to line 9, sorted.
std::vector<std::string> FlowsOf(const FlowDb& db) {
  std::vector<std::string> flows;
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const auto line = [&](LocationKind kind, uint32_t id) {
      return db.locations(kind)[id - 1].line;
    };
    flows.push_back(absl::StrCat(line(LocationKind::kSource, db.flow(i).source_id), ">",
                                 line(LocationKind::kSink, db.flow(i).sink_id), " ",
                                 *db.FindLabel(RecordKind::kFlow, db.flow(i).id, "rule")));
  }
  std::sort(flows.begin(), flows.end());
  return flows;
}

// Of the first flow.
std::vector<uint32_t> LinesOfSteps(const FlowDb& db) {
  std::vector<uint32_t> lines;
  for (const uint32_t id : db.flow(0).intermediates) {
    lines.push_back(db.locations(LocationKind::kIntermediate)[id - 1].line);
  }
  return lines;
}

// flow-derive itself, in the workshop's directory.
Ended FlowDerive(const Workshop& workshop, std::vector<std::string> args) {
  args.insert(args.begin(), absl::StrCat(FLOWMON_BINARY_DIR, "/bin/flow-derive-14"));
  return RunProgram({.argv = args, .directory = workshop.Path("")});
}

Ended Bitcode(const Workshop& workshop, const std::string& source, const std::string& output,
              const std::string& compiler = "clang-14", const std::string& debug = "-g") {
  return RunProgram({.argv = {compiler, debug, "-c", "-emit-llvm", workshop.Path(source), "-o",
                              workshop.Path(output)}});
}

class FlowDeriveTest : public ::testing::TestWithParam<std::string> {
 protected:
  Workshop workshop_{GetParam()};
};

TEST_P(FlowDeriveTest, WhatIsDerivedIsInstrumentedExactlyAndCompletes) {
  workshop_.Write("parser.c", kParser);
  const Ended derived =
      workshop_.FlowCc({"-O2", "parser.c", "-o", "parser"}, {{"FLOW_DERIVE", "parser.flowdb"}});
  ASSERT_EQ(derived.exit_code, 0) << derived.output;
  EXPECT_THAT(derived.output, HasSubstr("flows derived from 1 sources (1 copy, 1 copy-size)"));
  const FlowDb db = Read(workshop_.Path("parser.flowdb"));
  EXPECT_THAT(RulesOf(db), ElementsAre("copy", "copy-size"));

  workshop_.set_database(workshop_.Path("parser.flowdb"));
  const Ended built = workshop_.FlowCc({"-O2", "parser.c", "-o", "parser"});
  ASSERT_EQ(built.exit_code, 0) << built.output;
  EXPECT_THAT(built.output, AllOf(HasSubstr(" 0 approximate)"), Not(HasSubstr("not found"))));

  const Trace trace = workshop_.RunTraced("parser", std::string("\x05\0\1abcdef", 9));
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    const auto has = [&](uint32_t type, uint32_t id) {
      return std::any_of(trace.events.begin(), trace.events.end(), [&](const flow_event& event) {
        return event.type == type && event.id == id;
      });
    };
    EXPECT_TRUE(has(FLOW_EVENT_SOURCE, flow.source_id)) << flow.description;
    EXPECT_TRUE(has(FLOW_EVENT_SINK, flow.sink_id)) << flow.description;
    for (uint32_t id : flow.intermediates) EXPECT_NE(trace.hits.count(id), 0U) << id;
  }
}

TEST_P(FlowDeriveTest, SeveralUnitsArchivesAndCollectedSections) {
  workshop_.Write("lib.c",
                  "static int table[60000];\nvoid use(unsigned i) { table[i] = 1; }\n"
                  "void never(unsigned i) { table[i] = 2; }\n");
  workshop_.Write("main.c",
                  "#include <unistd.h>\nvoid use(unsigned);\nint main(void) {\n"
                  "  unsigned n = 0;\n  read(0, &n, sizeof n);\n  use(n);\n}\n");
  const std::map<std::string, std::string> derive = {{"FLOW_DERIVE", "all.flowdb"}};
  for (const char* name : {"lib", "main"}) {
    const Ended ended = workshop_.FlowCc({"-O1", "-ffunction-sections", "-c",
                                          absl::StrCat(name, ".c"), "-o", absl::StrCat(name, ".o")},
                                         derive);
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
  }
  ASSERT_EQ(RunProgram({.argv = {"ar", "rcs", workshop_.Path("libuse.a"), workshop_.Path("lib.o")}})
                .exit_code,
            0);
  const Ended linked =
      workshop_.FlowCc({"main.o", "-L.", "-luse", "-Wl,--gc-sections", "-o", "all"}, derive);
  ASSERT_EQ(linked.exit_code, 0) << linked.output;
  const FlowDb db = Read(workshop_.Path("all.flowdb"));
  ASSERT_EQ(db.num_flows(), 1U);
  EXPECT_EQ(db.locations(LocationKind::kSink)[0].line, 2U);
}

// Variants of a function, as headers and macros put them in its place.
TEST_P(FlowDeriveTest, FortifiedAndWideFunctionsCount) {
  workshop_.Write("fort.c", R"(
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
static char bytes[64], text[64], out[100];
static void tell(char* to, const char* format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(to, 100, format, list);  // 13
  va_end(list);
}
int main(void) {
  if (pread(0, bytes, 63, 0) < 1) return 1;      // 17
  if (!fgets(text, sizeof text, stdin)) return 1;  // 18
  printf(bytes);                                 // 19
  fprintf(stderr, bytes);                        // 20
  snprintf(out, sizeof out, text);               // 21
  syslog(1, text);                               // 22
  sprintf(out, "rm %s", bytes);                  // 23
  system(out);                                   // 24
  tell(out, text);
  open(text, O_RDONLY);                          // 26
  fopen(text, "r");                              // 27
  return 0;
}
)");
  const Ended derived = workshop_.FlowCc(
      {"-O1", "-w", "-D_FORTIFY_SOURCE=2", "-D_FILE_OFFSET_BITS=64", "fort.c", "-o", "fort"},
      {{"FLOW_DERIVE", "fort.flowdb"}});
  ASSERT_EQ(derived.exit_code, 0) << derived.output;
  EXPECT_THAT(
      FlowsOf(Read(workshop_.Path("fort.flowdb"))),
      ElementsAre("17>19 format", "17>20 format", "17>24 command", "18>13 format", "18>21 format",
                  "18>22 format", "18>24 command", "18>26 path", "18>27 path"));
}

INSTANTIATE_TEST_SUITE_P(Compilers, FlowDeriveTest, ::testing::Values("clang-14", "clang-19"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::erase(name, '-');
                           return name;
                         });

// All intermediates of a flow must have been covered: none may be on one of two ways only. What
// copies of an inlined function have in common is on both.
TEST(FlowDeriveCommandTest, StepsAreThoseThatNoPathAvoids) {
  Workshop workshop;
  workshop.Write("ways.c", R"(
#include <unistd.h>
int table[5000000];
static unsigned input[4];
static unsigned scale(unsigned n) {
  return n * 7;  // 6: both ways, inlined at each
}
__attribute__((noinline)) static unsigned move(unsigned n) {
  return n + 5;  // 9: both ways, in a function of its own
}
int main(void) {
  read(0, input, sizeof input);  // 12: the source
  unsigned n = input[0];         // 13: one way; the others are not shorter
  if (input[3] == 1) {
    n = scale(input[1] * 2);  // 15: another
  } else if (input[3] == 2) {
    n = scale(input[2] * 3);  // 17
  } else {
    n = scale(n);  // 19
  }
  n = move(n);   // 21: all
  table[n] = 1;  // 22: the sink
  return 0;
}
)");
  const Ended ended =
      workshop.FlowCc({"-O2", "ways.c", "-o", "ways"}, {{"FLOW_DERIVE", "ways.flowdb"}});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  const FlowDb db = Read(workshop.Path("ways.flowdb"));
  ASSERT_EQ(db.num_flows(), 1U);
  EXPECT_THAT(LinesOfSteps(db), ElementsAre(6, 21, 9));
}

// Of more steps than are kept the first and the last say most.
TEST(FlowDeriveCommandTest, ManyStepsKeepTheFirstAndTheLast) {
  Workshop workshop;
  std::string lines;
  for (int i = 0; i < 24; ++i) absl::StrAppend(&lines, "  n = n * ", i + 3, ";\n");
  workshop.Write("long.c",
                 absl::StrCat("#include <stdio.h>\nunsigned table[5000000];\nint main(void) {\n",
                              "  unsigned n = (unsigned)getchar();\n", lines,  // 5 to 28
                              "  table[n] = 1;\n}\n"));
  const Ended ended = workshop.FlowCc({"long.c", "-o", "long"}, {{"FLOW_DERIVE", "long.flowdb"}});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  const FlowDb db = Read(workshop.Path("long.flowdb"));
  ASSERT_EQ(db.num_flows(), 1U);
  EXPECT_THAT(LinesOfSteps(db), ElementsAre(5, 7, 9, 11, 13, 15, 18, 20, 22, 24, 26, 28));
}

TEST(FlowDeriveCommandTest, OneDatabasePerProgramInADirectory) {
  const Workshop workshop;
  workshop.Write("a.c", kParser);
  std::filesystem::create_directory(workshop.Path("derived"));
  for (const char* name : {"one", "two"}) {
    ASSERT_EQ(workshop.FlowCc({"a.c", "-o", name}, {{"FLOW_DERIVE", "derived"}}).exit_code, 0);
  }
  EXPECT_THAT(ListNames(workshop.Path("derived")), ElementsAre("one.flowdb", "two.flowdb"));
}

TEST(FlowDeriveCommandTest, RefusesADatabaseAtTheSameTime) {
  const Workshop workshop;
  workshop.Write("a.c", kParser);
  workshop.Write("old.flowdb", "SOURCE,1,a.c,1,0,0\nSINK,1,a.c,1,0,0\nFLOW,1,1,1,[],\n");
  const Ended ended = workshop.FlowCc(
      {"a.c"}, {{"FLOW_DERIVE", "a.flowdb"}, {"FLOW_DB", workshop.Path("old.flowdb")}});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, HasSubstr("FLOW_DERIVE and FLOW_DB are both set"));
}

TEST(FlowDeriveCommandTest, ProbesOfConfigureGetNone) {
  const Workshop workshop;
  workshop.Write("conftest.c", kParser);
  const Ended ended =
      workshop.FlowCc({"conftest.c", "-o", "conftest"}, {{"FLOW_DERIVE", "a.flowdb"}});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.output, "");
  EXPECT_FALSE(std::filesystem::exists(workshop.Path("a.flowdb")));
}

TEST(FlowDeriveCommandTest, UsesTheFunctionsThatTheUserNames) {
  const Workshop workshop;
  workshop.Write("own.c",
                 "int receive(char* to, int size);\nvoid run(const char* what);\nint main(void) {\n"
                 "  char line[80];\n  receive(line, sizeof line);\n  run(line);\n}\n");
  workshop.Write("functions", "source:receive=bytes:0,size:return\nsink:run=text:0\n");
  ASSERT_EQ(Bitcode(workshop, "own.c", "own.bc").exit_code, 0);
  const Ended ended =
      FlowDerive(workshop, {"own.bc", "-o", "own.flowdb", "--functions", "functions"});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(RulesOf(Read(workshop.Path("own.flowdb"))), ElementsAre("function"));
}

TEST(FlowDeriveCommandTest, ASinkMayTakeAPointerToThePointer) {
  const Workshop workshop;
  workshop.Write("own.c",
                 "#include <stdlib.h>\nvoid run(char** what);\nint main(void) {\n"
                 "  char* what = getenv(\"WHAT\");\n  char* other = \"true\";\n"
                 "  run(&other);\n  run(&what);\n}\n");
  workshop.Write("functions", "sink:run=text:*0\n");
  ASSERT_EQ(Bitcode(workshop, "own.c", "own.bc").exit_code, 0);
  const Ended ended =
      FlowDerive(workshop, {"own.bc", "-o", "own.flowdb", "--functions", "functions"});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(FlowsOf(Read(workshop.Path("own.flowdb"))), ElementsAre("4>7 function"));
}

TEST(FlowDeriveCommandTest, WritesNoMoreFlowsThanAsked) {
  const Workshop workshop;
  workshop.Write("a.c", kParser);
  ASSERT_EQ(Bitcode(workshop, "a.c", "a.bc").exit_code, 0);
  const Ended ended = FlowDerive(workshop, {"a.bc", "-o", "a.flowdb", "--max-flows", "1"});
  EXPECT_THAT(ended.output, HasSubstr("1 less certain flows are not written"));
  EXPECT_EQ(Read(workshop.Path("a.flowdb")).num_flows(), 1U);
}

TEST(FlowDeriveCommandTest, SaysThatSourcesWereNotFollowedToTheirEnd) {
  const Workshop workshop;
  workshop.Write("a.c",
                 "#include <stdio.h>\nint table[60000];\nint main(void) {\n"
                 "  table[getchar() * 256] = 1;\n  table[getchar() * 512] = 1;\n}\n");
  ASSERT_EQ(Bitcode(workshop, "a.c", "a.bc").exit_code, 0);
  const Ended all = FlowDerive(workshop, {"a.bc", "-o", "a.flowdb"});
  EXPECT_THAT(all.output, AllOf(HasSubstr("2 flows derived"), Not(HasSubstr("not followed"))));
  const Ended cut = FlowDerive(workshop, {"a.bc", "-o", "a.flowdb", "--max-states", "4"});
  EXPECT_THAT(cut.output,
              HasSubstr("the data of 2 of 2 sources was not followed to its end, the program is "
                        "too large: flows may be missing (--max-states)"));
}

TEST(FlowDeriveCommandTest, TheSameProgramGivesTheSameDatabase) {
  const Workshop workshop;
  workshop.Write("a.c", kParser);
  ASSERT_EQ(Bitcode(workshop, "a.c", "a.bc").exit_code, 0);
  for (const char* output : {"1.flowdb", "2.flowdb"}) {
    ASSERT_EQ(FlowDerive(workshop, {"a.bc", "-o", output}).exit_code, 0);
  }
  EXPECT_EQ(ReadFile(workshop.Path("1.flowdb")), ReadFile(workshop.Path("2.flowdb")));
}

// More than a stack holds, if each took a call.
TEST(FlowDeriveCommandTest, ALongChainOfInitializers) {
  const Workshop workshop;
  std::string source =
      "#include <stdio.h>\nstruct node { const struct node* next; int value; };\n"
      "static const struct node n0 = {0, 0};\nstatic int table[100000];\n";
  constexpr int kLength = 40000;
  for (int i = 1; i < kLength; ++i) {
    absl::StrAppend(&source, "static const struct node n", i, " = {&n", i - 1, ", ", i, "};\n");
  }
  absl::StrAppend(&source, "int main(void) {\n  const struct node* at = &n", kLength - 1,
                  ";\n  while (at->next != 0 && getchar() > 0) at = at->next;\n"
                  "  table[getchar() + at->value] = 1;\n}\n");
  workshop.Write("chain.c", source);
  ASSERT_EQ(Bitcode(workshop, "chain.c", "chain.bc").exit_code, 0);
  const Ended ended = FlowDerive(workshop, {"chain.bc", "-o", "chain.flowdb"});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(RulesOf(Read(workshop.Path("chain.flowdb"))), ElementsAre("index"));
}

// flow-cc finds the deriver beside itself: here another stands there.
TEST(FlowDeriveCommandTest, ADeriverThatDiesIsSaidToBeABug) {
  const Workshop workshop;
  for (const char* directory : {"bin", "lib"}) {
    std::filesystem::create_directory(workshop.Path(directory));
  }
  std::filesystem::copy(absl::StrCat(FLOWMON_BINARY_DIR, "/bin/flow-cc"),
                        workshop.Path("bin/flow-cc"));
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat(FLOWMON_BINARY_DIR, "/lib"))) {
    std::filesystem::create_symlink(
        entry.path(), workshop.Path(absl::StrCat("lib/", entry.path().filename().string())));
  }
  std::filesystem::create_symlink(absl::StrCat(FLOWMON_BINARY_DIR, "/include"),
                                  workshop.Path("include"));
  workshop.Write("bin/flow-derive-14", "#!/bin/sh\nkill -SEGV $$\n");
  std::filesystem::permissions(workshop.Path("bin/flow-derive-14"),
                               std::filesystem::perms::owner_all);
  workshop.Write("a.c", kParser);
  const Ended ended = RunProgram(
      {.argv = {workshop.Path("bin/flow-cc"), "a.c", "-o", "a"},
       .environment = {{"FLOW_CC_BACKEND", "clang-14"}, {"FLOW_DERIVE", workshop.Path("a.flowdb")}},
       .directory = workshop.Path("")});
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("no flows were derived from a: flow-derive-14 died of signal 11 "
                              "(Segmentation fault)"),
                    HasSubstr(workshop.Path("bin/flow-derive-14"))));
}

// A struct that is passed as two numbers, or by way of memory, moves all that follow.
TEST(FlowDeriveCommandTest, ParametersAreThoseOfTheSourceCode) {
  const Workshop workshop;
  workshop.Write("entry.c", R"(
#include <stdlib.h>
struct two { long a, b; };
struct odd { int a, b, c; };
struct big { long a[8]; };
void* keep[8];
struct big handle(
    struct two two,       // 8
    struct odd odd,       // 9
    struct big big,       // 10
    const char* what) {   // 11
  keep[0] = malloc(two.b);     // 12
  keep[1] = malloc(odd.c);     // 13
  keep[2] = malloc(big.a[3]);  // 14
  system(what);                // 15
  struct big none = {{0}};
  return none;
}
void other(
    int n) {  // 20
  keep[3] = malloc(n);
}
)");
  for (const char* optimisation : {"-O0", "-O1"}) {
    ASSERT_EQ(RunProgram({.argv = {"clang-14", "-g", optimisation, "-c", "-emit-llvm",
                                   workshop.Path("entry.c"), "-o", workshop.Path("entry.bc")}})
                  .exit_code,
              0);
    const Ended ended =
        FlowDerive(workshop, {"--entry", "handle,other", "entry.bc", "-o", "entry.flowdb"});
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
    const std::vector<std::string> flows = FlowsOf(Read(workshop.Path("entry.flowdb")));
    if (optimisation[2] == '0') {
      EXPECT_THAT(flows,
                  ElementsAre("10>14 allocation-size", "11>15 command", "20>21 allocation-size",
                              "8>12 allocation-size", "9>13 allocation-size"));
    } else {
      EXPECT_THAT(flows,
                  ElementsAre("10>14 allocation-size", "19>21 allocation-size",
                              "7>12 allocation-size", "7>13 allocation-size", "7>15 command"));
    }
  }
}

struct Refusal {
  const char* name;
  std::string file;  // to derive from
  std::vector<std::string> more;
  std::string reason;
};

TEST(FlowDeriveCommandTest, ErrorsSayWhatToDo) {
  const Workshop workshop;
  workshop.Write("a.c", kParser);
  workshop.Write("none.c", "int add(int a, int b) { return a + b; }\n");
  workshop.Write("text.bc", "no bitcode");
  ASSERT_EQ(Bitcode(workshop, "a.c", "a.bc").exit_code, 0);
  ASSERT_EQ(Bitcode(workshop, "a.c", "a19.bc", "clang-19").exit_code, 0);
  ASSERT_EQ(Bitcode(workshop, "a.c", "plain.bc", "clang-14", "-g0").exit_code, 0);
  ASSERT_EQ(Bitcode(workshop, "none.c", "none.bc").exit_code, 0);
  workshop.Write("damaged.bc", ReadFile(workshop.Path("a.bc")).substr(0, 900));
  const Refusal refusals[] = {
      {"missing", "missing.bc", {}, "missing.bc: cannot be read"},
      {"text", "text.bc", {}, "text.bc: neither LLVM bitcode"},
      {"damaged", "damaged.bc", {}, "damaged.bc: bitcode of LLVM14"},
      {"newer", "a19.bc", {}, "a19.bc: bitcode of LLVM19"},
      {"no debug information", "plain.bc", {}, "compile with -g"},
      {"no entry", "none.bc", {}, "the program defines neither LLVMFuzzerTestOneInput nor main"},
      {"other entry", "a.bc", {"--entry", "start"}, "entry function start is not defined"},
      {"functions", "a.bc", {"--functions", "missing"}, "missing"},
      {"nothing found", "none.bc", {"--entry", "add"}, "no flow was found from 2 sources"},
  };
  for (const Refusal& refusal : refusals) {
    std::vector<std::string> args = {refusal.file, "-o", "out.flowdb"};
    args.insert(args.end(), refusal.more.begin(), refusal.more.end());
    const Ended ended = FlowDerive(workshop, args);
    EXPECT_EQ(ended.exit_code, 1) << refusal.name;
    EXPECT_THAT(ended.output, HasSubstr(refusal.reason)) << refusal.name;
    EXPECT_FALSE(std::filesystem::exists(workshop.Path("out.flowdb"))) << refusal.name;
  }
  workshop.Write("old.flowdb", "# old\n");
  EXPECT_THAT(FlowDerive(workshop, {"text.bc", "-o", "old.flowdb"}).output,
              HasSubstr("; old.flowdb is still that of an earlier run\n"));
}

}  // namespace
}  // namespace flowmon::test
