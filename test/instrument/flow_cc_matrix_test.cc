// Every compiler in every mode: the same small program, as C and as C++, reports the same. The
// table in doc/INSTRUMENT.md lists what is run here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

using ::testing::AllOf;
using ::testing::Combine;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Values;
using ::testing::ValuesIn;

constexpr char kInput[] = "flow12";

struct Mode {
  const char* name;
  const char* backend;
  const char* options = "";  // separated by blanks
  std::map<std::string, std::string> environment = {};
};

std::ostream& operator<<(std::ostream& out, const Mode& mode) { return out << mode.name; }

class FlowCcMatrixTest : public ::testing::TestWithParam<std::tuple<Mode, std::string>> {
 protected:
  void UseDatabase() { workshop_.set_database(ProgramSource("matrix.flowdb")); }

  // Builds matrix.c as ./program.
  Ended Build(const std::string& more_options = "") const {
    const auto& [mode, language] = GetParam();
    const std::string text = absl::StrCat("-x ", language, " ", ProgramSource("matrix.c"),
                                          " -o program ", mode.options, " ", more_options);
    const std::vector<std::string> args = absl::StrSplit(text, ' ', absl::SkipEmpty());
    std::map<std::string, std::string> environment = mode.environment;
    environment.emplace("AFL_NO_AFFINITY", "1");
    return language == "c" ? workshop_.FlowCc(args, environment)
                           : workshop_.FlowCxx(args, environment);
  }

  Workshop workshop_{std::get<0>(GetParam()).backend};
};

std::string NameOf(const ::testing::TestParamInfo<std::tuple<Mode, std::string>>& info) {
  const auto& [mode, language] = info.param;
  return absl::StrCat(mode.name, language == "c" ? "C" : "Cxx");
}

class FlowCcProgramTest : public FlowCcMatrixTest {};

TEST_P(FlowCcProgramTest, ReportsItsFlow) {
  UseDatabase();
  const Ended built = Build("-O2");
  ASSERT_EQ(built.exit_code, 0) << built.output;
  EXPECT_THAT(built.output, HasSubstr("4 of 4 locations of matrix.flowdb instrumented (4 exact"));
  const Trace trace = workshop_.RunTraced("program", kInput);
  ASSERT_EQ(trace.events.size(), 2u);
  EXPECT_EQ(trace.events[0].type, FLOW_EVENT_SOURCE);
  EXPECT_EQ(trace.events[0].data_size, 6u);
  EXPECT_EQ(trace.events[1].type, FLOW_EVENT_SINK);
  EXPECT_EQ(trace.events[1].data_hash, trace.events[0].data_hash);
  EXPECT_THAT(trace.hits, ElementsAre(std::pair(1u, 6u), std::pair(2u, 1u)));
}

const Mode kPrograms[] = {
    {"Clang14", "clang-14"},
    {"Clang14Asan", "clang-14", "-fsanitize=address"},
    {"Clang14Ubsan", "clang-14", "-fsanitize=undefined"},
    {"Clang14AsanUbsan", "clang-14", "-fsanitize=address,undefined"},
    {"Clang14Msan", "clang-14", "-fsanitize=memory"},
    {"Clang14Lto", "clang-14", "-flto -fuse-ld=lld"},
    {"Clang14ThinLto", "clang-14", "-flto=thin -fuse-ld=lld"},
    {"Clang14Gold", "clang-14", "-fuse-ld=gold"},
    {"Clang14Static", "clang-14", "-static"},
    {"Clang14SectionsCollected", "clang-14", "-ffunction-sections -Wl,--gc-sections -s"},
    {"Clang14Coverage", "clang-14", "-fprofile-instr-generate -fcoverage-mapping"},
    {"Clang19", "clang-19"},
    {"Clang19Asan", "clang-19", "-fsanitize=address"},
    {"Clang19Ubsan", "clang-19", "-fsanitize=undefined"},
    {"Clang19AsanUbsan", "clang-19", "-fsanitize=address,undefined"},
    {"Clang19Msan", "clang-19", "-fsanitize=memory"},
    {"Clang19Lto", "clang-19", "-flto -fuse-ld=lld"},
    {"Clang19ThinLto", "clang-19", "-flto=thin -fuse-ld=lld"},
    {"Clang19Static", "clang-19", "-static"},
    {"Clang19Coverage", "clang-19", "-fprofile-instr-generate -fcoverage-mapping"},
    {"AflFast", "afl-clang-fast"},
    {"AflClassic", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "CLASSIC"}}},
    {"AflContext", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "CTX"}}},
    {"AflNgram", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "NGRAM-4"}}},
    {"AflNative", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "NATIVE"}}},
    {"AflLafIntel", "afl-clang-fast", "", {{"AFL_LLVM_LAF_ALL", "1"}}},
    {"AflCmplog", "afl-clang-fast", "", {{"AFL_LLVM_CMPLOG", "1"}}},
    {"AflAsan", "afl-clang-fast", "", {{"AFL_USE_ASAN", "1"}}},
    {"AflUbsan", "afl-clang-fast", "", {{"AFL_USE_UBSAN", "1"}}},
    {"AflLto", "afl-clang-lto"},
    {"AflLtoCmplog", "afl-clang-lto", "", {{"AFL_LLVM_CMPLOG", "1"}}},
    {"AflLtoAsan", "afl-clang-lto", "", {{"AFL_USE_ASAN", "1"}}},
};

INSTANTIATE_TEST_SUITE_P(Modes, FlowCcProgramTest, Combine(ValuesIn(kPrograms), Values("c", "c++")),
                         NameOf);

class FlowCcLibFuzzerTest : public FlowCcMatrixTest {};

TEST_P(FlowCcLibFuzzerTest, FuzzesAndReports) {
  UseDatabase();
  const Ended built = Build("-O2 -DFUZZER");
  ASSERT_EQ(built.exit_code, 0) << built.output;
  const TempDir shm = TempDir::InSharedMemory();
  std::filesystem::create_directory(workshop_.Path("corpus"));
  workshop_.Write("corpus/seed", kInput);
  const Ended fuzzed =
      RunProgram({.argv = {workshop_.Path("program"), "-runs=1000", "-seed=1", "corpus"},
                  .environment = {{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", shm.path()}},
                  .directory = workshop_.Path("")});
  EXPECT_EQ(fuzzed.exit_code, 0) << fuzzed.output;
  EXPECT_THAT(fuzzed.output, AllOf(HasSubstr("Done 1000 runs"), HasSubstr("NEW")))
      << "it finds inputs by edges";
  const Trace trace = ReadTrace(shm.path());
  EXPECT_GE(trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SOURCE, 1)), 1000u);
  EXPECT_GE(trace.tallies.at(FLOW_TALLY_OF(FLOW_EVENT_SINK, 1)), 1u) << "the seed reaches it";
  EXPECT_EQ(trace.hits.at(1), 255u);
}

const Mode kLibFuzzers[] = {
    {"Clang14", "clang-14", "-fsanitize=fuzzer"},
    {"Clang14Asan", "clang-14", "-fsanitize=fuzzer,address"},
    {"Clang19", "clang-19", "-fsanitize=fuzzer"},
    {"Clang19Asan", "clang-19", "-fsanitize=fuzzer,address"},
};

INSTANTIATE_TEST_SUITE_P(Modes, FlowCcLibFuzzerTest,
                         Combine(ValuesIn(kLibFuzzers), Values("c", "c++")), NameOf);

class FlowCcEdgesTest : public FlowCcMatrixTest {
 protected:
  // AFL++'s map after one run: a line for each edge.
  std::vector<std::string> Edges() const {
    const Ended built = Build("-O0 -g");
    EXPECT_EQ(built.exit_code, 0) << built.output;
    RunProgram({.argv = {"afl-showmap", "-q", "-o", "map", "--", "./program"},
                .environment = {{"FLOW_SHM", "off"}, {"AFL_NO_AFFINITY", "1"}},
                .input = kInput,
                .directory = workshop_.Path("")});
    return ReadLines(workshop_.Path("map"));
  }
};

TEST_P(FlowCcEdgesTest, AreThoseOfTheProgram) {
  const std::vector<std::string> without = Edges();
  EXPECT_FALSE(without.empty());
  UseDatabase();
  EXPECT_EQ(Edges().size(), without.size());
}

const Mode kEdgeCounters[] = {
    {"AflFast", "afl-clang-fast"},
    {"AflClassic", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "CLASSIC"}}},
    {"AflContext", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "CTX"}}},
    {"AflNative", "afl-clang-fast", "", {{"AFL_LLVM_INSTRUMENT", "NATIVE"}}},
    {"AflLto", "afl-clang-lto"},
};

INSTANTIATE_TEST_SUITE_P(Modes, FlowCcEdgesTest, Combine(ValuesIn(kEdgeCounters), Values("c")),
                         NameOf);

}  // namespace
}  // namespace flowmon::test
