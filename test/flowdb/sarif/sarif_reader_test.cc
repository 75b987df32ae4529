#include "flowdb/sarif/sarif_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "flowdb/str_cat.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Keeps what it is given.
struct Visitor : SarifVisitor {
  void OnRun(const SarifRun& run) override { runs.push_back(run); }
  void OnResult(const SarifRun& run, const SarifResult& result) override {
    results.push_back(result);
    results.back().steps.resize(result.num_steps);
    run_of_result.push_back(run.index);
  }
  std::vector<SarifRun> runs;
  std::vector<SarifResult> results;
  std::vector<uint32_t> run_of_result;
};

class SarifReaderTest : public testing::Test {
 protected:
  absl::StatusOr<SarifFileFacts> Read(std::string_view text) {
    visitor_ = {};
    return ReadSarifText(text, "a.sarif", visitor_);
  }
  // One run with these members.
  absl::StatusOr<SarifFileFacts> ReadRun(std::string_view members) {
    return Read(StrCat("{\"version\":\"2.1.0\",\"runs\":[{", members, "}]}"));
  }

  Visitor visitor_;
};

// Everything that a result refers to may come behind it.
TEST_F(SarifReaderTest, TheOrderOfKeysIsFree) {
  const auto facts = ReadRun(R"(
    "results":[{"codeFlows":[{"threadFlows":[{"locations":[{"index":1,"executionOrder":7},{"index":9}]}]}],"ruleIndex":0}],
    "threadFlowLocations":[{},{"location":{"physicalLocation":{"region":{"startLine":4},"artifactLocation":{"index":0}}},
      "kinds":["Taint","sink"],"importance":"unimportant","executionOrder":2}],
    "columnKind":"unicodeCodePoints",
    "artifacts":[{"location":{"uri":"a.c","uriBaseId":"X"},"contents":{"text":"{[\"}"}}],
    "originalUriBaseIds":{"X":{"uri":"file:///x/"}},
    "tool":{"extensions":[{"name":"e"}],"driver":{"rules":[{"id":"r","defaultConfiguration":{"level":"note"},
      "messageStrings":{"m":{"text":"t"}}}],"name":"d","version":"1"}})");
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->warnings, IsEmpty());
  ASSERT_EQ(visitor_.results.size(), 1u);
  const SarifRun& run = visitor_.runs[0];
  EXPECT_EQ(run.driver.name, "d");
  EXPECT_EQ(run.driver.rules[0].messages.at("m"), "t");
  EXPECT_EQ(run.driver.rules[0].level, "note");
  EXPECT_EQ(run.extensions[0].name, "e");
  EXPECT_EQ(run.artifacts[0].uri, "a.c");
  EXPECT_EQ(run.uri_bases.at("X").uri, "file:///x/");
  EXPECT_FALSE(run.columns_are_utf16);
  const SarifResult& result = visitor_.results[0];
  ASSERT_EQ(result.num_steps, 2u);
  EXPECT_EQ(result.steps[0].region.start_line, 4);
  EXPECT_EQ(result.steps[0].execution_order, 7) << "its own comes before the cached";
  EXPECT_TRUE(result.steps[0].is_taint && result.steps[0].is_sink && result.steps[0].unimportant);
  EXPECT_FALSE(result.steps[0].is_source);
  EXPECT_FALSE(result.steps[1].has_place) << "there is no cached step of that index";
}

TEST_F(SarifReaderTest, ReadsAResult) {
  ASSERT_TRUE(ReadRun(R"("results":[{},
    {"ruleId":"r","ruleIndex":3,"level":"error","kind":"fail","message":{"id":"m","arguments":["a","b"]},
     "rule":{"toolComponent":{"index":2,"name":"c"}},"fingerprints":{"b":"2","a":"1"},"partialFingerprints":{"p":"3"},
     "suppressions":[{"status":"accepted"},{"kind":"inSource"}],"baselineState":"absent",
     "codeFlows":[{"threadFlows":[{"locations":[{},{}]},{"locations":[{}]}]},{"threadFlows":[{}]}]},
    {"suppressions":[{},{"status":"rejected"}],"baselineState":"new"},{"suppressions":[]}])")
                  .ok());
  ASSERT_EQ(visitor_.results.size(), 4u);
  const SarifResult& result = visitor_.results[1];
  EXPECT_EQ(result.index, 1u);
  EXPECT_EQ(result.rule_id, "r");
  EXPECT_EQ(result.rule_index, 3);
  EXPECT_EQ(result.component_index, 2);
  EXPECT_EQ(result.component_name, "c");
  EXPECT_EQ(result.level, "error");
  EXPECT_EQ(result.message.id, "m");
  EXPECT_THAT(result.message.arguments, ElementsAre("a", "b"));
  EXPECT_EQ(result.fingerprints.begin()->second, "1");
  EXPECT_TRUE(result.suppressed && result.absent);
  ASSERT_EQ(result.thread_flows.size(), 3u);
  EXPECT_EQ(result.thread_flows[1].first, 2u);
  EXPECT_EQ(result.thread_flows[1].thread_flow, 1u);
  EXPECT_EQ(result.thread_flows[2].code_flow, 1u);
  EXPECT_EQ(result.thread_flows[2].count, 0u);
  // Nothing is left of the one before.
  EXPECT_EQ(visitor_.results[2].rule_id, "");
  EXPECT_EQ(visitor_.results[2].num_steps, 0u);
  EXPECT_FALSE(visitor_.results[2].suppressed || visitor_.results[2].absent);
  EXPECT_FALSE(visitor_.results[3].suppressed);
}

// Only clang tells it in a message.
TEST_F(SarifReaderTest, TaintOriginsOfClang) {
  const auto is_origin = [&](std::string_view driver) {
    EXPECT_TRUE(
        ReadRun(StrCat(R"("tool":{"driver":{"name":")", driver,
                       R"("}},"results":[{"codeFlows":[{"threadFlows":[{"locations":[{"location":
                               {"message":{"text":"Taint originated here"}}}]}]}]}])"))
            .ok());
    return visitor_.results.at(0).steps.at(0).is_taint_origin;
  };
  EXPECT_TRUE(is_origin("clang"));
  EXPECT_FALSE(is_origin("other"));
}

TEST_F(SarifReaderTest, RunsKeepTheirNumbers) {
  ASSERT_TRUE(Read(R"({"version":"2.1.0","runs":[{},{"results":null},{"results":[{},{}]}]})").ok());
  EXPECT_EQ(visitor_.runs.size(), 3u);
  EXPECT_THAT(visitor_.run_of_result, ElementsAre(2, 2));
  EXPECT_EQ(visitor_.results[1].index, 1u);
}

TEST_F(SarifReaderTest, AByteOrderMarkIsNoError) {
  EXPECT_TRUE(Read("\xEF\xBB\xBF{\"version\":\"2.1.0\",\"runs\":[]}").ok());
}

TEST_F(SarifReaderTest, WrongTypesAreLeftOutAndTold) {
  const auto facts = Read(
      "{\"version\":\"2.1.0\",\"runs\":[{\n\"artifacts\":7,\n\"tool\":[],"
      "\"results\":[{\"codeFlows\":\"x\"},3]}]}");
  ASSERT_TRUE(facts.ok());
  EXPECT_THAT(facts->warnings,
              ElementsAre(HasSubstr("a.sarif:2: \"artifacts\" has a number where an array is"),
                          HasSubstr("a.sarif:3: \"tool\" has an array where an object is")));
  ASSERT_EQ(visitor_.results.size(), 2u);
  EXPECT_THAT(visitor_.results[0].problem, HasSubstr("\"codeFlows\" has a string"));
  EXPECT_THAT(visitor_.results[1].problem, HasSubstr("has a number where an object"));
}

TEST_F(SarifReaderTest, Warnings) {
  EXPECT_THAT(Read(R"({"runs":[],"version":"2.0.0"})")->warnings,
              ElementsAre(HasSubstr("version \"2.0.0\" is read as SARIF 2.1.0")));
  EXPECT_THAT(ReadRun(R"("externalPropertyFileReferences":{})")->warnings,
              ElementsAre(HasSubstr("run 0 has parts in other files")));
  std::string many = "\"results\":[]";
  for (int i = 0; i < 50; ++i) many += ",\"artifacts\":1";
  const auto facts = ReadRun(many);
  EXPECT_EQ(facts->warnings.size(), 20u);
  EXPECT_EQ(facts->num_warnings, 50u);
}

TEST_F(SarifReaderTest, Errors) {
  struct Case {
    std::string_view text, message;
  };
  for (const Case& c : {
           Case{"", "a.sarif:1: the file ends where a value is expected"},
           Case{"[]", "a.sarif:1: no SARIF log: it has no array \"runs\""},
           Case{"{\"runs\":{}}", "no SARIF log"},
           Case{"\xFF\xFE{", "UTF-16"},
           Case{std::string_view("{\0}\0", 4), "UTF-16"},
           Case{"{\"runs\":[]} {", "a.sarif:1: '{' where the end of the file"},
           Case{"{\"runs\":[{\n\n\"results\":[{}", "a.sarif:3: the file ends"},
           Case{"{\"runs\":[{\"results\":[\n{\"level\" \"x\"}]}]}", "a.sarif:2: '\"' where ':'"},
       }) {
    const auto facts = Read(c.text);
    ASSERT_FALSE(facts.ok()) << c.text;
    EXPECT_THAT(std::string(facts.status().message()), HasSubstr(std::string(c.message)));
  }
}

TEST_F(SarifReaderTest, AResultWithTooManySteps) {
  std::string locations = "{}";
  for (size_t i = 0; i < kMaxSarifSteps; ++i) locations += ",{}";
  ASSERT_TRUE(ReadRun(StrCat(R"("results":[{"codeFlows":[{"threadFlows":[{"locations":[)",
                             locations, "]}]}]},{}]"))
                  .ok());
  EXPECT_TRUE(visitor_.results[0].too_long);
  EXPECT_EQ(visitor_.results[0].num_steps, 0u);
  EXPECT_FALSE(visitor_.results[1].too_long);
}

TEST_F(SarifReaderTest, ReadsFilesAndTheirHash) {
  const test::TempDir dir;
  const std::string path = dir / "x.sarif";
  const std::string text = StrCat("{\"version\":\"2.1.0\",\"runs\":[", std::string(600'000, ' '),
                                  "{\"results\":[{}]}]}");
  test::WriteFile(path, text);
  const auto facts = ReadSarif(path, visitor_);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(visitor_.results.size(), 1u);
  EXPECT_EQ(facts->content_hash, Read(text)->content_hash);
  EXPECT_NE(facts->content_hash, Read(text + " ")->content_hash);
}

TEST_F(SarifReaderTest, UnreadableFiles) {
  const test::TempDir dir;
  const auto error = [&](const std::string& path) {
    return std::string(ReadSarif(path, visitor_).status().message());
  };
  EXPECT_THAT(error(dir / "no.sarif"), HasSubstr("No such file or directory; give the path"));
  EXPECT_THAT(error(dir.path()), HasSubstr("it is a directory"));
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(error(dir / "pipe"), HasSubstr("must be a regular file; save it"));
}

}  // namespace
}  // namespace flowmon
