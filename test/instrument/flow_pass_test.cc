// The pass on whole programs: what is marked, what is reported there, and that AFL++ sees no edges
// of ours. Every program runs with every kind of backend, unoptimised and optimised.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "runtime/instrument/elf_section.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::Combine;
using ::testing::Values;
using ::testing::ValuesIn;

struct TestProgram {
  const char* source;
  const char* define = "";
  const char* input = "";
  std::vector<std::string> args = {};
  const char* functions = "";  // FLOW_FUNCTIONS, in programs/
  friend std::ostream& operator<<(std::ostream& out, const TestProgram& program) {
    return out << program.source << program.define;
  }
};

using Setting = std::tuple<TestProgram, const char*, const char*>;  // program, backend, options

class FlowPassTest : public ::testing::TestWithParam<Setting> {};

std::string NameOf(const ::testing::TestParamInfo<Setting>& info) {
  const auto& [program, backend, options] = info.param;
  std::string name = absl::StrCat(program.source, "_", program.define, "_", backend, options);
  std::erase_if(name, [](char c) { return c != '_' && !isalnum(static_cast<unsigned char>(c)); });
  return name;
}

void ExpectReported(const std::vector<Mark>& marks, const Trace& trace) {
  size_t num_expected = 0;
  for (const Mark& mark : marks) {
    if (mark.missing || mark.kind == LocationKind::kIntermediate) continue;
    const uint32_t type = mark.kind == LocationKind::kSource ? FLOW_EVENT_SOURCE : FLOW_EVENT_SINK;
    SCOPED_TRACE(absl::StrCat(std::string(LocationKindName(mark.kind)), " ", mark.id, " in line ",
                              mark.line));
    std::vector<flow_event> events;
    std::copy_if(
        trace.events.begin(), trace.events.end(), std::back_inserter(events),
        [&](const flow_event& event) { return event.type == type && event.id == mark.id; });
    num_expected += mark.values.size();
    EXPECT_EQ(events.size(), mark.values.size());
    for (size_t i = 0; i < std::min(events.size(), mark.values.size()); ++i) {
      bool any = false;
      const std::string bytes = BytesOf(mark.values[i], &any);
      EXPECT_EQ(events[i].data_size, any ? sizeof(void*) : bytes.size());
      if (any) continue;
      EXPECT_EQ(events[i].data_hash, XXH64(bytes.data(), bytes.size(), 0));
    }
  }
  EXPECT_EQ(trace.events.size(), num_expected);
}

void ExpectHit(const std::vector<Mark>& marks, const Trace& trace) {
  std::map<uint32_t, unsigned> hits;
  uint32_t num_outside = 0;
  for (const Mark& mark : marks) {
    if (mark.missing || mark.kind != LocationKind::kIntermediate) continue;
    if (mark.values[0] == "outside") {
      ++num_outside;
    } else if (mark.values[0] != "hits:0") {
      hits[mark.id] = static_cast<unsigned>(std::stoul(mark.values[0].substr(5)));
    }
  }
  EXPECT_EQ(trace.hits, hits);
  EXPECT_EQ(trace.uncounted, num_outside);
}

void ExpectMatched(const std::vector<Mark>& marks, const std::string& report_path) {
  const auto report = nlohmann::json::parse(ReadFile(report_path));
  std::map<std::pair<std::string, uint32_t>, std::string> statuses;
  for (const auto& location : report["locations"]) {
    statuses[{location["kind"], location["id"]}] = location["status"];
  }
  for (const Mark& mark : marks) {
    EXPECT_EQ((statuses[{std::string(LocationKindName(mark.kind)), mark.id}]),
              mark.missing ? "not_found"
              : mark.exact ? "exact"
                           : "approximate")
        << LocationKindName(mark.kind) << " " << mark.id << " in line " << mark.line;
  }
}

TEST_P(FlowPassTest, ReportsWhatTheMarksSay) {
  const auto& [program, backend, options] = GetParam();
  const std::string source = ProgramSource(program.source);
  const std::vector<Mark> marks = ReadMarks(source, {program.define});
  Workshop workshop(backend);
  workshop.Write("x.flowdb", FlowDbOf(marks, absl::StrCat("programs/", program.source)));
  workshop.set_database(workshop.Path("x.flowdb"));
  std::vector<std::string> args = {source, "-o", "program"};
  if (*program.define != '\0') args.push_back(absl::StrCat("-D", program.define));
  std::istringstream words(options);
  for (std::string word; words >> word;) args.push_back(word);

  std::map<std::string, std::string> environment;
  if (*program.functions != '\0') environment["FLOW_FUNCTIONS"] = ProgramSource(program.functions);
  const Ended compiled = std::string_view(program.source).ends_with(".cc")
                             ? workshop.FlowCxx(args, environment)
                             : workshop.FlowCc(args, environment);
  ASSERT_EQ(compiled.exit_code, 0) << compiled.output;
  ExpectMatched(marks, workshop.Path("program.flowreport.json"));
  const Trace trace = workshop.RunTraced("program", program.input, program.args);
  ExpectReported(marks, trace);
  ExpectHit(marks, trace);
}

const TestProgram kPrograms[] = {
    {"library_calls.c", "", "0123456789line\n0123456789line\n"},
    {"values.c"},
    {"fuzz_entry.c"},
    {"fuzz_entry.c", "LINE"},
    {"intermediates.c"},
    {"exceptions.cc"},
    {"approximate.c"},
    {"matching.c"},
    {"matching.cc"},
    {"more_library_calls.c", "", "12 word 3.5 c rest\n", {"first"}},
    {"operands.c"},
    {"operands.cc"},
    {"functions.cc", "", "", {}, "functions.list"},
};

INSTANTIATE_TEST_SUITE_P(Programs, FlowPassTest,
                         Combine(ValuesIn(kPrograms),
                                 Values("clang-14", "clang-19", "afl-clang-fast"),
                                 Values("-O0", "-O2")),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Fortified, FlowPassTest,
                         Combine(Values(kPrograms[0]), ValuesIn(kClangs),
                                 Values("-O2 -D_FORTIFY_SOURCE=2")),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(LinkTimeOptimized, FlowPassTest,
                         Combine(Values(kPrograms[1], kPrograms[4]), ValuesIn(kClangs),
                                 Values("-O2 -flto -fuse-ld=lld", "-O2 -flto=thin -fuse-ld=lld")),
                         NameOf);

// How clang 19 hands variables over: as records beside the code, or as calls among it.
INSTANTIATE_TEST_SUITE_P(DebugIntrinsics, FlowPassTest,
                         Combine(Values(kPrograms[1], kPrograms[5]), Values("clang-19"),
                                 Values("-mllvm -experimental-debuginfo-iterators=false",
                                        "-mllvm -experimental-debuginfo-iterators=true")),
                         NameOf);

class FlowPassOrderTest : public ::testing::TestWithParam<const char*> {};

TEST_P(FlowPassOrderTest, SourcesAfterAndSinksBeforeTheCall) {
  Workshop workshop(GetParam());
  workshop.Write("a.c", R"(#include <string.h>
int main(void) {
  char a[4] = "abc", b[4];
  memcpy(b, a, 4);
  b[0] = a[2];
  return b[0] != 'c';
}
)");
  workshop.Write("x.flowdb", R"(SOURCE,1,a.c,4,3,8
SINK,1,a.c,4,3,8
SOURCE,2,a.c,5,8,8
SINK,2,a.c,5,8,8
SOURCE,3,a.c,5,10,13
SINK,3,a.c,5,10,13
FLOW,1,1,1,[],test
)");
  workshop.set_database(workshop.Path("x.flowdb"));
  ASSERT_EQ(workshop.FlowCc({"a.c", "-o", "program"}).exit_code, 0);
  std::vector<std::pair<uint32_t, uint32_t>> order;
  uint64_t last = 0;
  for (const flow_event& event : workshop.RunTraced("program").events) {
    order.emplace_back(event.type, event.id);
    EXPECT_LE(last, event.timestamp);
    last = event.timestamp;
  }
  // A computed value is reported as both at once, the source first.
  EXPECT_THAT(order, ::testing::ElementsAre(
                         std::pair(FLOW_EVENT_SINK, 1u), std::pair(FLOW_EVENT_SOURCE, 1u),
                         std::pair(FLOW_EVENT_SOURCE, 3u), std::pair(FLOW_EVENT_SINK, 3u),
                         std::pair(FLOW_EVENT_SINK, 2u), std::pair(FLOW_EVENT_SOURCE, 2u)));
}

INSTANTIATE_TEST_SUITE_P(Clangs, FlowPassOrderTest, ValuesIn(kClangs), [](const auto& test) {
  return absl::StrReplaceAll(test.param, {{"-", ""}});
});

// AFL++ numbers its edges by this section: four bytes for each.
size_t NumAflEdges(const std::string& path) {
  const absl::StatusOr<std::string> guards = ReadElfSection(path, "__sancov_guards");
  EXPECT_TRUE(guards.ok()) << guards.status();
  return guards.ok() ? guards->size() / 4 : 0;
}

struct EdgeCounter {
  const char* name;
  const char* backend;
  std::vector<std::string> options;
  std::map<std::string, std::string> environment;
  bool inlines;
};

class FlowPassEdgesTest : public ::testing::TestWithParam<EdgeCounter> {};

TEST_P(FlowPassEdgesTest, AreThoseOfTheProgram) {
  const std::string source = ProgramSource("values.c");
  std::vector<Mark> marks = ReadMarks(source);
  const size_t num_marks = marks.size();
  for (size_t i = 0; i < num_marks; ++i) {  // an intermediate everywhere, too
    marks.push_back(marks[i]);
    marks.back().kind = LocationKind::kIntermediate;
    marks.back().id = static_cast<uint32_t>(i);
  }
  Workshop workshop(GetParam().backend);
  workshop.Write("x.flowdb", FlowDbOf(marks, "values.c"));
  std::vector<std::string> args = {"-O0", "-g", "-c", source, "-o", "without.o"};
  args.insert(args.end(), GetParam().options.begin(), GetParam().options.end());
  ASSERT_EQ(workshop.FlowCc(args, GetParam().environment).exit_code, 0);
  workshop.set_database(workshop.Path("x.flowdb"));
  args[5] = "with.o";
  ASSERT_EQ(workshop.FlowCc(args, GetParam().environment).exit_code, 0);
  EXPECT_GT(NumAflEdges(workshop.Path("without.o")), 10u);
  EXPECT_EQ(NumAflEdges(workshop.Path("with.o")), NumAflEdges(workshop.Path("without.o")));
  const std::string object = ReadFile(workshop.Path("with.o"));
  EXPECT_EQ(object.find("df_coverage_map") != std::string::npos, GetParam().inlines);
  EXPECT_NE(object.find("df_coverage_hit"), std::string::npos);
  EXPECT_EQ(object.find("flow_tallies") != std::string::npos, GetParam().inlines);
}

INSTANTIATE_TEST_SUITE_P(
    Counters, FlowPassEdgesTest,
    Values(EdgeCounter{"AflPcguard", "afl-clang-fast", {}, {}, true},
           EdgeCounter{
               "AflNative", "afl-clang-fast", {}, {{"AFL_LLVM_INSTRUMENT", "NATIVE"}}, false},
           EdgeCounter{"Clang", "clang-14", {"-fsanitize-coverage=trace-pc-guard"}, {}, false},
           EdgeCounter{"Clang19", "clang-19", {"-fsanitize-coverage=trace-pc-guard"}, {}, false},
           EdgeCounter{"LibFuzzer",
                       "clang-14",
                       {"-fsanitize=fuzzer-no-link", "-fsanitize-coverage=trace-pc-guard"},
                       {},
                       false}),
    [](const auto& test) { return test.param.name; });

struct LinkTimeOptimizer {
  const char* name;
  const char* backend;
  const char* option;
  bool inlines;
};

class FlowPassLinkTimeTest : public ::testing::TestWithParam<LinkTimeOptimizer> {};

// afl-clang-lto adds its edges when it links: what branches before that would count.
TEST_P(FlowPassLinkTimeTest, CountersAreInlinedWhereNoEdgesFollow) {
  const std::string source = ProgramSource("intermediates.c");
  Workshop workshop(GetParam().backend);
  workshop.Write("x.flowdb", FlowDbOf(ReadMarks(source), "intermediates.c"));
  workshop.set_database(workshop.Path("x.flowdb"));
  const Ended ended = workshop.FlowCc({"-O2", GetParam().option, "-c", source, "-o", "a.o"});
  ASSERT_EQ(ended.exit_code, 0) << ended.output;
  const std::string bitcode = ReadFile(workshop.Path("a.o"));
  EXPECT_NE(bitcode.find("df_coverage_hit"), std::string::npos);
  EXPECT_EQ(bitcode.find("df_coverage_map") != std::string::npos, GetParam().inlines);
}

INSTANTIATE_TEST_SUITE_P(Compilers, FlowPassLinkTimeTest,
                         Values(LinkTimeOptimizer{"Clang14", "clang-14", "-flto", true},
                                LinkTimeOptimizer{"Clang14Thin", "clang-14", "-flto=thin", true},
                                LinkTimeOptimizer{"Clang19", "clang-19", "-flto", true},
                                LinkTimeOptimizer{"Clang19Thin", "clang-19", "-flto=thin", true},
                                LinkTimeOptimizer{"AflLto", "afl-clang-lto", "-Wall", false}),
                         [](const auto& test) { return test.param.name; });

class FlowPassDatabaseTest : public ::testing::TestWithParam<const char*> {};

TEST_P(FlowPassDatabaseTest, UnusableDatabaseIsACompileError) {
  Workshop workshop(GetParam());
  workshop.Write("bad.flowdb", "SOURCE,1,a.c,1,1,1\n");
  workshop.Write("a.c", "int main(void) { return 0; }\n");
  workshop.set_database(workshop.Path("bad.flowdb"));
  const Ended ended = workshop.FlowCc({"-c", "a.c"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.output, ::testing::HasSubstr("flow-cc: FLOW_DB: "));
  EXPECT_THAT(ended.output, ::testing::HasSubstr("has no FLOW line"));
}

INSTANTIATE_TEST_SUITE_P(Clangs, FlowPassDatabaseTest, ValuesIn(kClangs), [](const auto& test) {
  return absl::StrReplaceAll(test.param, {{"-", ""}});
});

}  // namespace
}  // namespace flowmon::test
