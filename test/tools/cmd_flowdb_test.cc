// `flowmon flowdb`, as a library call and as the command that users run.

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "flowdb/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "test/tools/call_command.h"

namespace flowmon {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kClean =
    "SOURCE,1,a.c,1,2,3\nSOURCE,2,a.c,5,0,0\nSINK,1,b.c,1,2,3\n"
    "INTERMEDIATE,1,a.c,1,2,3\nINTERMEDIATE,2,a.c,1,2,4\n"
    "FLOW,1,1,1,[1,2],\nFLOW,2,2,1,[1],\nFLOW,3,2,1,[2],\nFLOW,4,2,1,[2,1],\n";

class CmdFlowdbTest : public testing::Test {
 protected:
  CmdFlowdbTest()
      : dir_(StrCat(testing::TempDir(), "/cmd_flowdb_test.", getpid(), ".",
                    testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(dir_);
  }
  ~CmdFlowdbTest() override { std::filesystem::remove_all(dir_); }

  std::string WriteFile(std::string_view name, std::string_view text) const {
    std::string path = StrCat(dir_, "/", name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  // Calls the library as main() does.
  static Outcome Call(std::vector<std::string> args) {
    return CallCommand(AddFlowdbCommand, std::move(args));
  }

  // Runs the command; its errors come with its output.
  static Outcome Run(std::string_view args) {
    const std::string command = StrCat(FLOWMON_BINARY_DIR "/bin/flowmon ", args, " 2>&1");
    Outcome outcome = {.exit_code = -1, .out = "", .err = ""};
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return outcome;
    std::array<char, 4096> buffer;
    while (const size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
      outcome.out.append(buffer.data(), got);
    }
    const int status = pclose(pipe);
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    return outcome;
  }

  const std::string dir_;
};

TEST_F(CmdFlowdbTest, LintOfACleanFile) {
  const Outcome outcome = Call({"flowdb", "lint", WriteFile("a.flowdb", kClean)});
  EXPECT_EQ(outcome.exit_code, kExitOk);
  EXPECT_EQ(outcome.out, "1 file: 0 warnings, 0 remarks\n");
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(CmdFlowdbTest, LintPrintsWarningsThenRemarksThenTheSum) {
  const std::string clean = WriteFile("clean.flowdb", kClean);
  const std::string bad =
      WriteFile("bad.flowdb", StrCat(kClean, "SINK,5,b.c,1,9,9\nFLOW,9,7,1,[],\n"));
  const Outcome outcome = Call({"flowdb", "lint", clean, bad});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_EQ(outcome.out,
            StrCat(bad, ":11: unknown source id 7 in flow 9: FLOW,9,7,1,[],\n", bad,
                   ": SINK 5 (b.c:1:9-9) is used by no flow\n", "2 files: 1 warning, 1 remark\n"));
}

TEST_F(CmdFlowdbTest, LintSaysHowManyWarningsAreNotShown) {
  std::string text(kClean);
  for (int i = 0; i < 1234; ++i) text += "nonsense\n";
  const std::string path = WriteFile("a.flowdb", text);
  const Outcome outcome = Call({"flowdb", "lint", path});
  EXPECT_THAT(outcome.out, HasSubstr(StrCat("\n", path, ": 234 further warnings are not shown\n")));
  EXPECT_THAT(outcome.out, HasSubstr("\n1 file: 1234 warnings, 0 remarks\n"));
}

TEST_F(CmdFlowdbTest, LintExplainsAFileWithoutUsableFlows) {
  const std::string path = WriteFile("a.flowdb", "FLOW,1,7,1,[],\nFLOW,2,8,1,[],\n");
  const Outcome outcome = Call({"flowdb", "lint", path});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_THAT(outcome.out, StartsWith(StrCat(path, ": has no usable FLOW line: 2 skipped")));
  EXPECT_THAT(outcome.out, HasSubstr(":2: unknown source id 8 in flow 2"));
}

TEST_F(CmdFlowdbTest, LintGoesOnAfterAnUnreadableFile) {
  const std::string clean = WriteFile("clean.flowdb", kClean);
  const Outcome outcome = Call({"flowdb", "lint", dir_, clean});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_EQ(outcome.err, StrCat("flowmon: cannot read flow database ", dir_,
                                ": it is a directory; give a .flowdb file in it\n"));
  EXPECT_EQ(outcome.out, "2 files: 0 warnings, 0 remarks, 1 unreadable\n");
}

TEST_F(CmdFlowdbTest, LintDoesNotPassControlBytesOn) {
  const std::string path =
      WriteFile("a.flowdb", StrCat(kClean, "SINK,5,b\x1B[2J.c,1,0,0\n\x1B[31mX\n"));
  const Outcome outcome = Call({"flowdb", "lint", path});
  EXPECT_THAT(outcome.out, HasSubstr("SINK 5 (b?[2J.c:1) is used by no flow"));
  EXPECT_EQ(outcome.out.find('\x1B'), std::string::npos);
}

TEST_F(CmdFlowdbTest, StatsTable) {
  const std::string path = WriteFile("a.flowdb", kClean);
  const Outcome outcome = Call({"flowdb", "stats", path});
  EXPECT_EQ(outcome.exit_code, kExitOk);
  EXPECT_THAT(outcome.out,
              StartsWith(StrCat("flow database           ", path, "\ncontent hash            0x")));
  EXPECT_THAT(outcome.out, HasSubstr("flows                   4\n"
                                     "sources                 2\n"
                                     "sinks                   1\n"
                                     "intermediates           2\n"
                                     "source files            2\n"
                                     "coverage map size       3 bytes\n"
                                     "intermediates per flow  min 1, median 1.5, max 2\n"
                                     "warnings                0\n"
                                     "\n"
                                     "sources with most flows\n"
                                     "         3  source 2  a.c:5\n"
                                     "         1  source 1  a.c:1:2-3\n"));
}

TEST_F(CmdFlowdbTest, StatsJson) {
  const std::string path = WriteFile("a.flowdb", kClean);
  const Outcome outcome = Call({"flowdb", "stats", "--json", path});
  EXPECT_EQ(outcome.exit_code, kExitOk);
  nlohmann::json stats = nlohmann::json::parse(outcome.out);
  EXPECT_THAT(stats["content_hash"].get<std::string>(), testing::MatchesRegex("0x[0-9a-f]{16}"));
  stats.erase("content_hash");
  EXPECT_EQ(stats,
            nlohmann::json({{"flowdb", path},
                            {"flows", 4},
                            {"sources", 2},
                            {"sinks", 1},
                            {"intermediates", 2},
                            {"source_files", 2},
                            {"coverage_map_size", 3},
                            {"intermediates_per_flow", {{"min", 1}, {"median", 1.5}, {"max", 2}}},
                            {"top_sources",
                             {{{"source_id", 2}, {"location", "a.c:5"}, {"flows", 3}},
                              {{"source_id", 1}, {"location", "a.c:1:2-3"}, {"flows", 1}}}},
                            {"warnings", 0}}));
}

TEST_F(CmdFlowdbTest, StatsJsonOfANameThatIsNotUtf8) {
  const std::string path =
      WriteFile("a.flowdb", "SOURCE,1,\xFF.c,1,0,0\nSINK,1,b.c,1,0,0\nFLOW,1,1,1,[],\n");
  const Outcome outcome = Call({"flowdb", "stats", "--json", path});
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["top_sources"][0]["location"], "\xEF\xBF\xBD.c:1");
}

TEST_F(CmdFlowdbTest, StatsShowsAtMostFiveSources) {
  std::string text = "SINK,1,b.c,1,0,0\n";
  for (int i = 1; i <= 7; ++i) {
    text += StrCat("SOURCE,", i, ",a.c,", i, ",0,0\nFLOW,", i, ",", i, ",1,[],\n");
  }
  const Outcome outcome = Call({"flowdb", "stats", "--json", WriteFile("a.flowdb", text)});
  const nlohmann::json top = nlohmann::json::parse(outcome.out)["top_sources"];
  ASSERT_EQ(top.size(), 5u);
  EXPECT_EQ(top[4]["source_id"], 5) << "ties go by id";
}

TEST_F(CmdFlowdbTest, StatsOfAnUnusableFile) {
  const std::string path = WriteFile("a.flowdb", "");
  const Outcome outcome = Call({"flowdb", "stats", path});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_EQ(outcome.err, StrCat("flowmon: flow database ", path,
                                " is empty; write the flows of an analysis into it first\n"));
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST_F(CmdFlowdbTest, BinaryLintsAndReturnsTheExitCode) {
  const std::string clean = WriteFile("clean.flowdb", kClean);
  const std::string bad = WriteFile("bad.flowdb", StrCat(kClean, "nonsense\n"));
  EXPECT_EQ(Run(StrCat("flowdb lint ", clean)).exit_code, 0);
  EXPECT_EQ(Run(StrCat("flowdb lint ", clean, " ", bad)).exit_code, 1);
  EXPECT_EQ(Run(StrCat("flowdb lint ", dir_, "/none")).exit_code, 2);
  EXPECT_THAT(Run(StrCat("flowdb stats ", clean)).out, HasSubstr("intermediates per flow"));
}

TEST_F(CmdFlowdbTest, BinaryTellsVersionAndHelp) {
  const Outcome version = Run("--version");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, testing::MatchesRegex("flowmon [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  const Outcome help = Run("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("flowdb"));
  EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 fine"));
}

TEST_F(CmdFlowdbTest, BinaryRefusesWrongUsage) {
  for (std::string_view args : {"", "nonsense", "flowdb", "flowdb lint", "flowdb stats a b",
                                "flowdb stats --nonsense a", "flowdb lint --json a"}) {
    EXPECT_EQ(Run(args).exit_code, 2) << args;
  }
}

TEST_F(CmdFlowdbTest, BinaryNoticesThatItsOutputIsLost) {
  const std::string clean = WriteFile("clean.flowdb", kClean);
  EXPECT_EQ(Run(StrCat("flowdb lint ", clean, " >/dev/full")).exit_code, 1);
}

}  // namespace
}  // namespace flowmon
