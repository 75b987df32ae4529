#include "runtime/instrument/cc_args.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CcRequest Analyze(const std::string& command, const std::string& working_dir = "/work") {
  return AnalyzeCcArgs(absl::StrSplit(command, ' ', absl::SkipEmpty()), working_dir);
}

struct Case {
  const char* command;
  bool compiles;
  bool links;
};

class CcArgsStepsTest : public ::testing::TestWithParam<Case> {};

TEST_P(CcArgsStepsTest, KnowsWhatIsDone) {
  const CcRequest request = Analyze(GetParam().command);
  EXPECT_EQ(request.compiles, GetParam().compiles) << GetParam().command;
  EXPECT_EQ(request.links, GetParam().links) << GetParam().command;
}

INSTANTIATE_TEST_SUITE_P(
    Commands, CcArgsStepsTest,
    ::testing::Values(Case{"a.c", true, true}, Case{"-c a.c", true, false},
                      Case{"-S a.cc", true, false}, Case{"-E a.c", true, false},
                      Case{"-M a.c", true, false}, Case{"-MM a.c", true, false},
                      Case{"-MD -MF a.d a.c", true, true}, Case{"-fsyntax-only a.c", true, false},
                      Case{"a.o b.a libx.so", false, true}, Case{"-shared a.o", false, true},
                      Case{"-r a.o -o b.o", false, false}, Case{"-Wl,-r a.o", false, false},
                      Case{"-Xlinker -r a.o", false, false}, Case{"-lfoo", false, true},
                      Case{"a.s", false, true}, Case{"a.S", true, true}, Case{"", false, false},
                      Case{"-v", false, false}, Case{"--version", false, false},
                      Case{"-print-search-dirs a.c", true, false}, Case{"-### a.c", true, false},
                      Case{"-x c -", true, true}, Case{"-xc -", true, true},
                      Case{"-x none a.o", false, true}, Case{"-x c header.inc", true, true},
                      Case{"-I a.c -D x.c b.o", false, true}, Case{"-include a.h b.c", true, true},
                      Case{"-Xclang -load -Xclang a.c b.o", false, true},
                      Case{"-- a.c", true, true}, Case{"-- -strange.c", true, true}));

TEST(CcArgsTest, FindsTheOutput) {
  EXPECT_EQ(Analyze("a.c").output, "a.out");
  EXPECT_EQ(Analyze("a.c -o prog").output, "prog");
  EXPECT_EQ(Analyze("a.c -oprog").output, "prog");
  EXPECT_EQ(Analyze("a.c --output prog").output, "prog");
  EXPECT_EQ(Analyze("a.c --output=prog").output, "prog");
  EXPECT_EQ(Analyze("-o first a.c -o last").output, "last");
  EXPECT_EQ(Analyze("a.c -o -").output, "-");
}

TEST(CcArgsTest, KnowsWhetherDebugInformationIsOn) {
  for (const char* on : {"-g", "-g3", "-ggdb", "-gdwarf-4", "-gline-tables-only", "-g0 -g"}) {
    EXPECT_TRUE(Analyze(on).has_debug) << on;
  }
  for (const char* off : {"-O2", "-g0", "-g -g0", "-gz", "-gsplit-dwarf", "-gno-column-info",
                          "-grecord-gcc-switches", "-Xclang -g", "-o -g"}) {
    EXPECT_FALSE(Analyze(off).has_debug) << off;
  }
}

TEST(CcArgsTest, KnowsWhetherColumnsAreHidden) {
  EXPECT_TRUE(Analyze("-g -gno-column-info").hides_columns);
  EXPECT_FALSE(Analyze("-gno-column-info -gcolumn-info").hides_columns);
  EXPECT_FALSE(Analyze("-g").hides_columns);
}

TEST(CcArgsTest, KnowsClangsOwnCoverage) {
  EXPECT_TRUE(Analyze("-fsanitize-coverage=trace-pc-guard a.c").has_clang_coverage);
  EXPECT_TRUE(Analyze("-fsanitize=address,fuzzer-no-link a.c").has_clang_coverage);
  EXPECT_FALSE(Analyze("-fsanitize=address fuzzer.c").has_clang_coverage);
}

TEST(CcArgsTest, KnowsProbes) {
  EXPECT_TRUE(Analyze("-o conftest conftest.c").is_probe);
  EXPECT_TRUE(Analyze("conftest.c").is_probe);
  EXPECT_TRUE(Analyze("-o cmTC_1a2b3 CMakeFiles/cmTC_1a2b3.dir/a.c.o").is_probe);
  EXPECT_TRUE(Analyze("-o meson-private/tmpx/output.exe a.c").is_probe);
  EXPECT_TRUE(Analyze("-o a.out a.c", "/b/CMakeFiles/CMakeTmp").is_probe);
  EXPECT_FALSE(Analyze("-o prog CMakeFiles/prog.dir/a.c.o").is_probe);
  EXPECT_FALSE(Analyze("-o prog a.c").is_probe);
}

TEST(CcArgsTest, FindsTheEndOfOptions) {
  EXPECT_EQ(Analyze("-O2 -- a.c").end_of_options, 1u);
  EXPECT_EQ(Analyze("-O2 a.c").end_of_options, 2u);
}

TEST(CcArgsTest, ReadsResponseFiles) {
  const test::TempDir dir;
  test::WriteFile(dir / "inner", "-g\n");
  test::WriteFile(dir / "outer", "a.c -o \"my prog\" @" + (dir / "inner"));
  const CcRequest request = Analyze("@" + (dir / "outer"));
  EXPECT_TRUE(request.compiles);
  EXPECT_TRUE(request.links);
  EXPECT_TRUE(request.has_debug);
  EXPECT_EQ(request.output, "my prog");
}

TEST(CcArgsTest, ResponseFileThatContainsItselfEnds) {
  const test::TempDir dir;
  test::WriteFile(dir / "self", "a.c @" + (dir / "self"));
  EXPECT_TRUE(Analyze("@" + (dir / "self")).compiles);
}

TEST(CcArgsTest, SplitsResponseFiles) {
  EXPECT_THAT(SplitResponseFile(""), IsEmpty());
  EXPECT_THAT(SplitResponseFile(" a\tb\r\nc "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(SplitResponseFile("'a b' \"c d\" e\\ f"), ElementsAre("a b", "c d", "e f"));
  EXPECT_THAT(SplitResponseFile("-DX=\"a'b\" ''"), ElementsAre("-DX=a'b", ""));
}

}  // namespace
}  // namespace flowmon
