// `flowmon verdict` and what it reads and writes, as users run it: on directories laid out as
// campaigns leave them. test/e2e/verdict_test.cc has real campaigns.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "absl/strings/str_format.h"
#include "flowdb/reader.h"
#include "test/support/files.h"
#include "test/support/run_program.h"
#include "test/tools/call_command.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::ReadFile;
using test::TempDir;
using test::WriteFile;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kDb[] =
    "METADATA,sarif,in.sarif %s\nSOURCE,1,src/a.c,10,3,7\nSINK,1,\"src/b, c.c\",20,0,0\n"
    "INTERMEDIATE,1,src/a.c,11,0,0\nINTERMEDIATE,2,src/a.c,12,0,0\n"
    "FLOW,7,1,1,[1],first \"quoted\" & <marked>\nFLOW,8,1,1,[1,2],second\n"
    "LABEL,FLOW,7,origin,{\"sarif\":\"in.sarif\",\"run\":0,\"result\":1,\"codeFlow\":0,"
    "\"threadFlow\":0}\n"
    "LABEL,FLOW,8,origin,{\"sarif\":\"in.sarif\",\"run\":0,\"result\":1,\"codeFlow\":1,"
    "\"threadFlow\":0}\n"
    "LABEL,FLOW,8,origin,not json\n";
constexpr char kSarif[] =
    R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},)"
    R"("results":[{"message":{"text":"a"}},{"message":{"text":"b"}, "properties": {"tags": []}}]}]})";
constexpr char kSarifHash[] = "0x9a810ec72eb59f62";  // xxh64sum
constexpr char kConfirmed[] =
    R"({"flow_id":7,"state":"complete","steps_reached":1,"source_executions":9,"sink_executions":8,)"
    R"("completions":1234,"executions":50,"first_execution":13,"first_ms":1500,"source_values":40,)"
    R"("source_values_exact":true,"sink_values":5000,"sink_values_exact":false,"value_pairs":6000,)"
    R"("value_pairs_exact":false,"repeats":64,"contradictions":0})"
    "\n";
constexpr char kBlocked[] =
    R"({"flow_id":8,"state":"partly reached","steps_reached":1,"source_executions":9,)"
    R"("sink_executions":8,"best_steps":1,"prefix":1,"blocked_step":2,"reached_before":240})"
    "\n";

std::string HashOf(const std::string& bytes) {
  return absl::StrFormat("0x%016x", XXH64(bytes.data(), bytes.size(), 0));
}

class CmdVerdictTest : public testing::Test {
 protected:
  CmdVerdictTest() {
    WriteFile(dir_ / "in.sarif", kSarif);
    WriteFile(dir_ / "x.flowdb", absl::StrFormat(kDb, kSarifHash));
  }
  std::string WriteInstance(const std::string& instance, const std::string& flows) {
    std::string directory = dir_ / ("out/" + instance + "/flowmon");
    fs::create_directories(directory);
    const auto file = ReadFlowDb(dir_ / "x.flowdb");
    WriteFile(directory + "/flowmon_stats",
              absl::StrFormat("run_time : 250\nflowdb : %s\nflowdb_hash : 0x%016x\n"
                              "executions_done : 1000\n",
                              dir_ / "x.flowdb", file->content_hash));
    WriteFile(directory + "/flow_stats.jsonl", flows);
    return directory;
  }
  void KeepInput(const std::string& directory, uint32_t flow, const std::string& kind,
                 const std::string& bytes) {
    const std::string path = absl::StrFormat("%s/inputs/flow_%d/%s", directory, flow, kind);
    fs::create_directories(fs::path(path).parent_path());
    WriteFile(path, bytes);
    const uint64_t flowdb_hash = ReadFlowDb(dir_ / "x.flowdb")->content_hash;
    WriteFile(path + ".json", json({{"flowdb_hash", absl::StrFormat("0x%016x", flowdb_hash)},
                                    {"size", bytes.size()},
                                    {"input_hash", HashOf(bytes)},
                                    {"timestamp", "2026-11-22T00:00:00.000Z"},
                                    {"execution", 13},
                                    {"time_delta_ns", 5},
                                    {"unix_ms", 1}})
                                  .dump());
  }
  Outcome Verdict(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"verdict", dir_ / "out"});
    return CallCommand(AddVerdictCommand, std::move(arguments));
  }

  const TempDir dir_;
};

TEST_F(CmdVerdictTest, TheTableHasTheStrongestFirst) {
  const std::string directory = WriteInstance("default", std::string(kBlocked) + kConfirmed);
  KeepInput(directory, 7, "smallest", "tiny");
  const Outcome outcome = Verdict({});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("1,000 executions of 1 instance, 4 min 10 s\n"
                                     "2 flows: 1 confirmed, 1 partly reached\n"));
  EXPECT_THAT(outcome.out, HasSubstr("40 > ~5,000"));
  EXPECT_THAT(outcome.out, HasSubstr("flow_7/smallest"));
  EXPECT_LT(outcome.out.find("a function of the source"),
            outcome.out.find("blocked at step 2 of 2, src/a.c:12: step 1 reached in 240 "
                             "executions, this in none"));
  EXPECT_THAT(outcome.err, HasSubstr("which flows are instrumented is not known"));
}

TEST_F(CmdVerdictTest, InstancesAreJudgedTogether) {
  WriteInstance("main", kBlocked);
  WriteInstance("second", kConfirmed);
  const json out = json::parse(Verdict({"--json"}).out);
  EXPECT_EQ(out["executions"], 2000);
  EXPECT_EQ(out["counts"]["confirmed"], 1);
  EXPECT_EQ(out["counts"]["partly reached"], 1);
  EXPECT_EQ(out["directories"].size(), 2u);
}

TEST_F(CmdVerdictTest, JsonHasTheEvidence) {
  const std::string directory = WriteInstance("default", std::string(kBlocked) + kConfirmed);
  KeepInput(directory, 7, "first", "input");
  const json out = json::parse(Verdict({"--json"}).out);
  const json& confirmed = out["flows"][0];
  EXPECT_EQ(confirmed["flowId"], 7);
  EXPECT_EQ(confirmed["verdict"], "confirmed");
  EXPECT_EQ(confirmed["sinkValues"], 5000);
  EXPECT_EQ(confirmed["sinkValuesExact"], false);
  EXPECT_EQ(confirmed["firstSeconds"], 1.5);
  EXPECT_EQ(confirmed["inputs"][0]["kind"], "first");
  EXPECT_EQ(confirmed["inputs"][0]["path"], directory + "/inputs/flow_7/first");
  const json& blocked = out["flows"][1];
  EXPECT_EQ(blocked["blockedStep"],
            json({{"step", 2}, {"place", "src/a.c:12"}, {"reachedBefore", 240}}));
  EXPECT_FALSE(blocked.contains("sinkValues"));
}

TEST_F(CmdVerdictTest, CsvIsQuoted) {
  WriteInstance("default", kConfirmed);
  const std::string out = Verdict({"--csv"}).out;
  EXPECT_THAT(out, testing::StartsWith("flow,verdict,why,"));
  EXPECT_THAT(out, HasSubstr("\r\n7,confirmed,"));
  EXPECT_THAT(out, HasSubstr(",src/a.c:10,\"src/b, c.c:20\",1,0,1234,40,5000,6000,1.500,,"
                             "\"first \"\"quoted\"\" & <marked>\"\r\n"));
}

TEST_F(CmdVerdictTest, JunitFailsOnWhatIsAskedFor) {
  WriteInstance("default", std::string(kConfirmed) + kBlocked);
  const std::string report = dir_ / "report.xml";
  Outcome outcome = Verdict({"--junit", report, "--fail-on", "confirmed"});
  EXPECT_EQ(outcome.exit_code, kExitFindings);
  const std::string xml = ReadFile(report);
  EXPECT_THAT(xml, HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"confirmed\""));
  EXPECT_THAT(xml, HasSubstr("first &quot;quoted&quot; &amp; &lt;marked&gt;</failure>"));
  EXPECT_THAT(xml, HasSubstr("file=\"src/b, c.c\" line=\"20\""));
  outcome = Verdict({"--junit", report, "--fail-on", "wrong order", "--fail-on", "not reached"});
  EXPECT_EQ(outcome.exit_code, kExitOk);
  EXPECT_THAT(ReadFile(report), AllOf(HasSubstr("failures=\"0\""), Not(HasSubstr("<failure"))));
}

TEST_F(CmdVerdictTest, JunitHasOnlyWhatXmlCanHave) {
  WriteFile(dir_ / "x.flowdb",
            "SOURCE,1,caf\xe9.c,10,0,0\nSINK,1,b.c,20,0,0\n"
            "FLOW,7,1,1,[],caf\xc3\xa9 \xff \x01 \xef\xbf\xbf \xf0\x9f\x98\x80\n");
  WriteInstance("default", kConfirmed);
  const std::string report = dir_ / "report.xml";
  Verdict({"--junit", report, "--fail-on", "confirmed"});
  EXPECT_THAT(ReadFile(report), AllOf(HasSubstr("caf\uFFFD.c:10"),
                                      HasSubstr(">café \uFFFD \uFFFD \uFFFD 😀</failure>")));
}

TEST_F(CmdVerdictTest, WhatItWritesGoesThroughLinksAndCanBeRead) {
  WriteInstance("default", kConfirmed);
  for (const char* option : {"--junit", "-o"}) {
    SCOPED_TRACE(option);
    const std::string link = dir_ / "link", target = dir_ / "target";
    WriteFile(target, "old");
    fs::create_symlink(target, link);
    EXPECT_EQ(Verdict({option, link}).exit_code, kExitOk);
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_GT(fs::file_size(target), 100u);
    const mode_t mask = umask(0);
    umask(mask);
    EXPECT_EQ(static_cast<mode_t>(fs::status(target).permissions()), 0644 & ~mask);
    fs::remove(link);
  }
}

TEST_F(CmdVerdictTest, GoesBackIntoTheSarifLog) {
  WriteInstance("default", std::string(kConfirmed) + kBlocked);
  const std::string out = dir_ / "out.sarif";
  const Outcome outcome = Verdict({"--sarif", dir_ / "in.sarif", "-o", out});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("1 of 2 results have a verdict"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("has changed")));
  json log = json::parse(ReadFile(out));
  const json bag = log["runs"][0]["results"][1]["properties"]["flowmon"];
  EXPECT_EQ(bag["verdict"], "confirmed") << "of the strongest flow";
  EXPECT_EQ(bag["completions"], 1234);
  ASSERT_EQ(bag["flows"].size(), 2u);
  EXPECT_EQ(bag["flows"][1]["codeFlow"], 1);
  EXPECT_EQ(bag["flows"][1]["verdict"], "partly reached");
  EXPECT_EQ(log["runs"][0]["tool"]["extensions"][0]["name"], "flowmon");
  // Nothing else has changed.
  log["runs"][0]["results"][1]["properties"].erase("flowmon");
  log["runs"][0]["tool"].erase("extensions");
  EXPECT_EQ(log, json::parse(kSarif));
}

TEST_F(CmdVerdictTest, ALogThatHasChangedIsToldAndAnotherRefused) {
  WriteInstance("default", kConfirmed);
  WriteFile(dir_ / "in.sarif", std::string(kSarif) + "\n");
  EXPECT_THAT(Verdict({"--sarif", dir_ / "in.sarif", "-o", dir_ / "o"}).err,
              HasSubstr("has changed since it was imported"));
  WriteFile(dir_ / "other.sarif", std::string(kSarif) + " ");
  const Outcome outcome = Verdict({"--sarif", dir_ / "other.sarif", "-o", dir_ / "o2"});
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("was not imported from"));
  EXPECT_FALSE(fs::exists(dir_ / "o2"));
}

TEST_F(CmdVerdictTest, WithoutALogItWritesOneOfItsOwn) {
  WriteInstance("default", std::string(kConfirmed) + kBlocked);
  const std::string out = dir_ / "new.sarif";
  EXPECT_EQ(Verdict({"-o", out}).exit_code, 0);
  const json log = json::parse(ReadFile(out));
  EXPECT_EQ(log["version"], "2.1.0");
  const json& result = log["runs"][0]["results"][0];
  EXPECT_EQ(result["level"], "error");
  EXPECT_EQ(result["properties"]["flowmon"]["verdict"], "confirmed");
  const json& steps = result["codeFlows"][0]["threadFlows"][0]["locations"];
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0]["location"]["physicalLocation"]["region"],
            json({{"startLine", 10}, {"startColumn", 3}, {"endColumn", 8}}));
  EXPECT_EQ(steps[2]["location"]["physicalLocation"]["artifactLocation"]["uri"], "src/b,%20c.c");
  EXPECT_EQ(log["runs"][0]["results"][1]["level"], "note");
}

TEST_F(CmdVerdictTest, BadInputIsNamed) {
  EXPECT_EQ(Verdict({}).exit_code, kExitUsage) << "no campaign";
  const std::string directory = WriteInstance("default", kConfirmed);
  EXPECT_THAT(Verdict({"--replay", "3"}).err, HasSubstr("fuzzer_stats"));
  fs::create_directories(directory + "/inputs/flow_7");
  WriteFile(directory + "/inputs/flow_7/first", "x");
  WriteFile(directory + "/inputs/flow_7/first.json", "{");
  WriteFile(directory + "/inputs/flow_7/fastest.json", "{}");
  const Outcome damaged = Verdict({});
  EXPECT_EQ(damaged.exit_code, 0);
  EXPECT_THAT(damaged.err, AllOf(HasSubstr("flow_7/first.json is damaged"),
                                 HasSubstr("flow_7/fastest is missing")));
  fs::create_directory(directory + "/inputs/flow_7/smallest.json");
  WriteFile(directory + "/inputs/flow_7/smallest", "x");
  EXPECT_THAT(Verdict({}).err, HasSubstr("smallest.json: it is a directory"));
  WriteFile(dir_ / "x.flowdb", absl::StrFormat(kDb, "changed"));
  const Outcome changed = Verdict({});
  EXPECT_EQ(changed.exit_code, kExitUsage);
  EXPECT_THAT(changed.err, HasSubstr("was run with another database"));
  fs::remove(dir_ / "x.flowdb");
  EXPECT_THAT(Verdict({}).err, HasSubstr("name the database with --flowdb"));
}

TEST_F(CmdVerdictTest, TakesOnlyInputsThatTheCampaignWrote) {
  const std::string directory = WriteInstance("default", kConfirmed);
  KeepInput(directory, 7, "first", "input");
  KeepInput(directory, 7, "fastest", "other");
  WriteFile(directory + "/inputs/flow_7/fastest", "changed");
  fs::copy(directory + "/inputs/flow_7", directory + "/inputs/flow_007");
  const Outcome outcome = Verdict({"--json"});
  EXPECT_EQ(json::parse(outcome.out)["flows"][0]["inputs"].size(), 1u);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("flow_7/fastest is not the input that "),
                                 Not(HasSubstr("flow_007"))));
}

TEST_F(CmdVerdictTest, TerminalsGetNoEscapes) {
  const std::string directory = WriteInstance("de\x1b]0;fault", kConfirmed);
  fs::create_directories(directory + "/inputs/flow_7/first.json");
  const Outcome outcome = Verdict({});
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("de?]0;fault"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(CallCommand(AddVerdictCommand, {"verdict", dir_ / "no\x1b"}).err, HasSubstr("no?"));
}

// /bin/sh is a target that reports nothing, but tells what it was given.
TEST_F(CmdVerdictTest, ReplaysAlsoWithoutAStandardInput) {
  const std::string directory = WriteInstance("default", kConfirmed);
  KeepInput(directory, 7, "first", "input");
  fs::create_directories(dir_ / "out/default/crashes");
  WriteFile(dir_ / "out/default/fuzzer_stats", "exec_timeout : 1000\n");
  WriteFile(dir_ / "out/default/cmdline", "/bin/sh\n-c\ncat > " + (dir_ / "given") + "\n");
  const std::string flowmon = FLOWMON_BINARY_DIR "/bin/flowmon";
  const test::Ended ended =
      test::RunProgram({.argv = {"/bin/sh", "-c", "exec \"$0\" verdict \"$1\" --replay 1 <&-",
                                 flowmon, dir_ / "out"}});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("each kept input is run with: /bin/sh -c cat"),
                                  HasSubstr("has not reported anything")));
  EXPECT_EQ(ReadFile(dir_ / "given"), "input");
}

TEST_F(CmdVerdictTest, CountsThatDoNotFitAreDamage) {
  for (const char* members : {R"("flow_id":4294967303)", R"("flow_id":7,"completions":-1)",
                              R"("flow_id":7,"completions":1.5)", R"("flow_id":7,"prefix":"1")"}) {
    SCOPED_TRACE(members);
    WriteInstance("default", absl::StrFormat("{\"state\":\"complete\",%s}\n", members));
    const Outcome outcome = Verdict({});
    EXPECT_EQ(outcome.exit_code, kExitUsage);
    EXPECT_THAT(outcome.err, HasSubstr("flow_stats.jsonl:1: not a line of flowmon's statistics"));
  }
}

}  // namespace
}  // namespace flowmon
