// `flowmon sarif import`, as a library call, with the real clang where it is asked for one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flowdb/reader.h"
#include "flowdb/str_cat.h"
#include "test/support/files.h"
#include "test/tools/call_command.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kData = FLOWMON_SOURCE_DIR "/test/flowdb/sarif/data/";

class CmdSarifImport : public testing::Test {
 protected:
  static Outcome Call(std::vector<std::string> args) {
    args.insert(args.begin(), {"sarif", "import"});
    return CallCommand(AddSarifCommand, std::move(args));
  }

  test::TempDir dir_;
  const std::string out_ = dir_ / "x.flowdb";
};

TEST_F(CmdSarifImport, WritesADatabaseAndASummary) {
  const Outcome outcome = Call({kData + "semgrep.sarif", kData + "infer.sarif", "-o", out_});
  EXPECT_EQ(outcome.exit_code, kExitOk);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, HasSubstr("2: 2 used, 0 left out as asked, 0 that cannot be used"));
  EXPECT_THAT(outcome.out, HasSubstr("2: 2 in the database, 0 merged into these"));
  EXPECT_THAT(outcome.out, HasSubstr("2 sources, 2 sinks, 2 intermediates"));
  EXPECT_EQ(ReadFlowDb(out_)->db.num_flows(), 2u);
}

TEST_F(CmdSarifImport, NamesWhatItCannotUse) {
  const Outcome outcome = Call({kData + "codeql.sarif", "--output", out_});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_EQ(outcome.err, "flowmon: " + kData +
                             "codeql.sarif: run 0, result 1 (cpp/unused): it has no codeFlows\n");
  EXPECT_THAT(outcome.out, HasSubstr("1 cannot be used: it has no codeFlows"));
  EXPECT_EQ(ReadFlowDb(out_)->db.num_flows(), 2u);
}

TEST_F(CmdSarifImport, ListsTwentyUnlessVerbose) {
  std::string results = "{}";
  for (int i = 1; i < 30; ++i) results += ",{}";
  const std::string log = dir_ / "x.sarif";
  test::WriteFile(log, StrCat(R"({"version":"2.1.0","runs":[{"results":[)", results, "]}]}"));
  const Outcome outcome = Call({log, "-o", out_});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_THAT(outcome.err, HasSubstr("result 19: it has"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("result 20: it has")));
  EXPECT_THAT(outcome.err, HasSubstr("10 more that cannot be used are counted below"));
  EXPECT_THAT(outcome.err, HasSubstr("no flow was found, " + out_ + " is not written"));
  EXPECT_THAT(Call({log, "-o", out_, "--verbose"}).err, HasSubstr("result 29: it has"));
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("x.sarif"));
}

TEST_F(CmdSarifImport, FiltersAreNoFindings) {
  const Outcome outcome = Call({kData + "codeql.sarif", kData + "semgrep.sarif", "-o", out_,
                                "--level", "error", "--rule", "cpp/*", "--rule", "x", "--json"});
  EXPECT_EQ(outcome.exit_code, kExitOk) << outcome.err;
  const nlohmann::json summary = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(summary["results"], 3);
  EXPECT_EQ(summary["results_used"], 1);
  EXPECT_EQ(summary["results_filtered"]["another rule (--rule)"], 1);
  EXPECT_EQ(summary["results_filtered"]["another level (--level)"], 1);
  EXPECT_EQ(summary["flows"], 2);
}

TEST_F(CmdSarifImport, AnUnreadableLogWritesNothing) {
  test::WriteFile(dir_ / "cut.sarif", "{\"runs\":[");
  const Outcome outcome = Call({kData + "semgrep.sarif", dir_ / "cut.sarif", "-o", out_});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("cut.sarif:1: the file ends"));
  EXPECT_THAT(outcome.err, HasSubstr("not written, as not all logs could be read"));
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("cut.sarif"));
}

TEST_F(CmdSarifImport, WrongUsage) {
  EXPECT_EQ(Call({"-o", out_}).exit_code, kExitUsage);
  EXPECT_EQ(Call({kData + "semgrep.sarif", "-o", dir_ / "no/x.flowdb"}).exit_code, kExitUsage);
}

TEST_F(CmdSarifImport, RunsClang) {
  test::WriteFile(dir_ / "bad.c", "int main( {");
  const Outcome outcome =
      Call({"-o", out_, "--clang-command", "clang-14", "--clang", kData + "src/clang.c",
            dir_ / "bad.c", "--sarif-dir", dir_ / "logs", "--", "-DX=1"});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  EXPECT_THAT(outcome.err, HasSubstr("flowmon: clang-14 --analyze"));
  EXPECT_THAT(outcome.err, HasSubstr("bad.c is left out: clang-14 failed with exit code 1"));
  EXPECT_THAT(outcome.err, HasSubstr("-DX=1 "));
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(out_);
  ASSERT_TRUE(file.ok()) << outcome.err;
  EXPECT_EQ(file->db.num_flows(), 2u);
  EXPECT_THAT(test::ListNames(dir_ / "logs"), ElementsAre("1-clang.c.sarif"));
}

TEST_F(CmdSarifImport, AClangThatIsNotThere) {
  const Outcome outcome = Call({"-o", out_, "--clang-command", "no-clang", "--clang", "a.c"});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("cannot run no-clang"));
}

}  // namespace
}  // namespace flowmon
