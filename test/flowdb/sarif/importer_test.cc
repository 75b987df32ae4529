#include "flowdb/sarif/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flowdb/lint.h"
#include "flowdb/reader.h"
#include "flowdb/str_cat.h"
#include "flowdb/writer.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::string_view kData = FLOWMON_SOURCE_DIR "/test/flowdb/sarif/data/";

class Import : public testing::Test {
 protected:
  // Reads the fixtures of these names.
  FlowDb Files(const std::vector<std::string>& names) {
    SarifImporter importer = NewImporter();
    for (const std::string& name : names) {
      const auto facts = importer.Add(StrCat(kData, name), name);
      EXPECT_TRUE(facts.ok()) << facts.status();
      EXPECT_THAT(facts->warnings, IsEmpty());
    }
    return Finish(std::move(importer));
  }
  // One run with these results.
  FlowDb Results(std::string_view results) {
    SarifImporter importer = NewImporter();
    const auto facts = importer.AddText(
        StrCat(R"({"version":"2.1.0","runs":[{"results":[)", results, "]}]}"), "t.sarif");
    EXPECT_TRUE(facts.ok()) << facts.status();
    return Finish(std::move(importer));
  }
  SarifImporter NewImporter() {
    skips_.clear();
    return SarifImporter(
        options_, [this](const SarifSkip& skip) { skips_.push_back(FormatSarifSkip(skip)); });
  }
  // Checks what holds for every database.
  FlowDb Finish(SarifImporter importer) {
    FlowDb db = importer.Finish();
    counts_ = importer.counts();
    const auto sum = [](const std::map<std::string, uint64_t>& counts) {
      uint64_t total = 0;
      for (const auto& [reason, count] : counts) total += count;
      return total;
    };
    EXPECT_EQ(counts_.results, counts_.used + sum(counts_.filtered) + sum(counts_.skipped));
    EXPECT_EQ(counts_.flows_seen, counts_.flows + counts_.merged + sum(counts_.flows_skipped));
    EXPECT_EQ(counts_.flows, db.num_flows());
    if (db.num_flows() > 0) {
      const auto again = ParseFlowDb(FormatFlowDb(db), "x.flowdb");
      EXPECT_TRUE(again.ok() && again->warnings.empty());
      for (const std::string& remark : LintFlowDb(db)) {
        EXPECT_THAT(remark, HasSubstr("has no intermediates"));
      }
    }
    return db;
  }

  // "source > step > ... > sink"
  static std::string Path(const FlowDb& db, size_t index) {
    const Flow flow = db.flow(index);
    std::string path = db.Describe(*db.FindLocation(LocationKind::kSource, flow.source_id));
    for (const uint32_t step : flow.intermediates) {
      StrAppend(&path, " > ", db.Describe(*db.FindLocation(LocationKind::kIntermediate, step)));
    }
    return path + " > " + db.Describe(*db.FindLocation(LocationKind::kSink, flow.sink_id));
  }
  static std::vector<std::string> Paths(const FlowDb& db) {
    std::vector<std::string> paths;
    for (size_t i = 0; i < db.num_flows(); ++i) paths.push_back(Path(db, i));
    return paths;
  }
  static std::vector<std::string> Origins(const FlowDb& db, uint32_t flow) {
    std::vector<std::string> origins;
    for (const Label& label : db.labels()) {
      EXPECT_EQ(label.key, "origin");
      if (label.id == flow) origins.push_back(label.value);
    }
    return origins;
  }
  // A result whose one thread flow has these steps, lines of a.c; a step may bring its own JSON.
  static std::string Result(const std::vector<std::string>& steps, std::string_view more = "") {
    return StrCat("{", more, R"("codeFlows":[{"threadFlows":[{"locations":)", Steps(steps),
                  "}]}]}");
  }
  static std::string Steps(const std::vector<std::string>& steps) {
    std::string json = "[";
    for (const std::string& step : steps) {
      if (json.size() > 1) json += ",";
      json += step.starts_with("{") ? step : Step(step, "");
    }
    return json + "]";
  }
  static std::string Step(std::string_view line, std::string_view more) {
    return StrCat(
        R"({"location":{"physicalLocation":{"artifactLocation":{"uri":"a.c"},"region":{"startLine":)",
        line, "}}}", more, "}");
  }

  SarifImportOptions options_;
  SarifImportCounts counts_;
  std::vector<std::string> skips_;
};

// Written by clang itself, in a directory that was called /work. The source is "Taint originated
// here", whatever comes before it.
TEST_F(Import, Clang14) {
  EXPECT_THAT(Paths(Files({"clang14.sarif"})),
              ElementsAre("/work/src/clang.c:7:7-7 > /work/src/clang.c:7:7-26 > "
                          "/work/src/clang.c:8:10-19 > /work/src/clang.c:4:32-39",
                          "/work/src/clang.c:12:8-8 > /work/src/clang.c:12:7-38 > "
                          "/work/src/clang.c:13:3-14"));
}

TEST_F(Import, Clang19) {
  EXPECT_THAT(Paths(Files({"clang19.sarif"})),
              ElementsAre("/work/src/clang.c:7:7-21 > /work/src/clang.c:7:7-26 > "
                          "/work/src/clang.c:8:10-19 > /work/src/clang.c:4:32-39",
                          "/work/src/clang.c:12:8-38 > /work/src/clang.c:12:7-38 > "
                          "/work/src/clang.c:13:3-14"));
}

TEST_F(Import, CodeQl) {
  const FlowDb db = Files({"codeql.sarif"});
  EXPECT_THAT(Paths(db),
              ElementsAre("src/main file.c:3:1-13 > src/main file.c:5:8-11 > src/util.c:20:8-11",
                          "src/main file.c:4:2-8 > src/util.c:20:8-11"));
  EXPECT_EQ(db.flow(0).description,
            "cpp/path-injection: This argument to a file access function is derived from user "
            "input (a command-line argument) and then passed to open().");
  EXPECT_THAT(
      Origins(db, 2),
      ElementsAre(
          R"({"sarif":"codeql.sarif","run":0,"result":0,"codeFlow":1,"threadFlow":0,)"
          R"("rule":"cpp/path-injection","level":"error","fingerprint":"primaryLocationLineHash=abc:1"})"));
  EXPECT_THAT(skips_,
              ElementsAre("codeql.sarif: run 0, result 1 (cpp/unused): it has no codeFlows"));
  EXPECT_EQ(counts_.columns_kept, 5u);
}

TEST_F(Import, Semgrep) {
  const FlowDb db = Files({"semgrep.sarif"});
  EXPECT_THAT(Paths(db), ElementsAre("app/log.c:8:16-26 > app/log.c:8:9-12 > app/log.c:12:5-16"));
  EXPECT_EQ(db.flow(0).description, "c.lang.tainted-format: Tainted format string.");
}

TEST_F(Import, Gcc13) {
  EXPECT_THAT(Paths(Files({"gcc13.sarif"})),
              ElementsAre("/home/user/proj/taint.c:8:7-30 > /home/user/proj/taint.c:8:6-6 > "
                          "/home/user/proj/taint.c:9:12-19"));
}

TEST_F(Import, InferGivesPoints) {
  EXPECT_THAT(Paths(Files({"infer.sarif"})), ElementsAre("a.c:3:3-3 > a.c:5 > a.c:7:10-10"));
}

TEST_F(Import, SeveralFilesMakeOneDatabase) {
  const FlowDb db = Files({"codeql.sarif", "semgrep.sarif", "codeql.sarif"});
  EXPECT_EQ(db.num_flows(), 3u);
  EXPECT_EQ(counts_.merged, 2u);
  EXPECT_EQ(Origins(db, 1).size(), 2u);
  EXPECT_THAT(
      db.metadata(),
      ElementsAre(Pair("version", "1.2"), Pair("sources", "3"), Pair("sinks", "2"),
                  Pair("intermediates", "2"), Pair("flows", "3"),
                  Pair("producer", "flowmon sarif import of CodeQL 2.15.1, Semgrep OSS 1.50.0"),
                  Pair("sarif", testing::MatchesRegex("codeql.sarif 0x[0-9a-f]{16}")),
                  Pair("sarif", HasSubstr("semgrep.sarif 0x")),
                  Pair("sarif", HasSubstr("codeql.sarif 0x"))));
}

TEST_F(Import, EqualFlowsAreOneWithSeveralOrigins) {
  const FlowDb db = Results(Result({"1", "2", "2", "1", "9"}) + "," + Result({"1", "2", "9"}) +
                            "," + Result({"1", "3", "9"}));
  EXPECT_THAT(Paths(db), ElementsAre("a.c:1 > a.c:2 > a.c:9", "a.c:1 > a.c:3 > a.c:9"));
  EXPECT_THAT(Origins(db, 1), ElementsAre(HasSubstr("\"result\":0"), HasSubstr("\"result\":1")));
}

TEST_F(Import, EveryThreadFlowIsAFlow) {
  const FlowDb db = Results(StrCat(
      R"({"codeFlows":[{"threadFlows":[{"locations":)", Steps({"1", "2"}), R"(},{"locations":)",
      Steps({"3", "4"}), R"(}]},{"threadFlows":[{"locations":)", Steps({"5", "6"}), "}]}]}"));
  EXPECT_THAT(Paths(db), ElementsAre("a.c:1 > a.c:2", "a.c:3 > a.c:4", "a.c:5 > a.c:6"));
  EXPECT_THAT(Origins(db, 2), ElementsAre(HasSubstr("\"codeFlow\":0,\"threadFlow\":1,\"rule\"")));
  EXPECT_EQ(counts_.code_flows, 2u);
}

TEST_F(Import, PackedFlowsAreSplit) {
  const FlowDb db =
      Results(Result({Step("1", ",\"executionOrder\":1"), Step("2", ",\"executionOrder\":2"),
                      Step("3", ",\"executionOrder\":1"), Step("4", ",\"executionOrder\":2")}));
  EXPECT_THAT(Paths(db), ElementsAre("a.c:1 > a.c:2", "a.c:3 > a.c:4"));
  EXPECT_THAT(Origins(db, 2), ElementsAre(HasSubstr("\"threadFlow\":0,\"part\":1,\"rule\"")));
}

TEST_F(Import, UnimportantAndPlacelessStepsAreDroppedAndCounted) {
  constexpr std::string_view kUnimportant = ",\"importance\":\"unimportant\"";
  const FlowDb db = Results(Result(
      {Step("1", kUnimportant), Step("2", kUnimportant), "{}", "3", Step("9", kUnimportant)}));
  EXPECT_THAT(Paths(db), ElementsAre("a.c:1 > a.c:3 > a.c:9"));
  EXPECT_EQ(counts_.unimportant_steps, 1u);
  EXPECT_EQ(counts_.placeless_steps, 1u);
}

// A loop comes by its source again.
TEST_F(Import, FromAPlaceToItselfByAnother) {
  EXPECT_THAT(Paths(Results(Result({"1", "2", "1"}))), ElementsAre("a.c:1 > a.c:2 > a.c:1"));
}

TEST_F(Import, WhatCannotBeUsedIsNamedWithItsReason) {
  const FlowDb db =
      Results(StrCat("{}", ",", Result({}, "\"ruleId\":\"r\","), ",", Result({"1"}), ",",
                     Result({"1", "1", "1"}), ",", Result({"{}", "1"}), ",", Result({"1", "{}"}),
                     ",", R"({"codeFlows":7},{"codeFlows":[]})"));
  EXPECT_EQ(db.num_flows(), 0u);
  EXPECT_THAT(
      skips_,
      ElementsAre(
          "t.sarif: run 0, result 0: it has no codeFlows",
          "t.sarif: run 0, result 1 (r): its flow has no locations",
          "t.sarif: run 0, result 2: its flow has a single location",
          "t.sarif: run 0, result 3: its source and its sink are the same place",
          "t.sarif: run 0, result 4: its source cannot be used: it has no physicalLocation",
          "t.sarif: run 0, result 5: its sink cannot be used: it has no physicalLocation",
          HasSubstr("result 6: it has no codeFlows; \"codeFlows\" has a number where an array"),
          "t.sarif: run 0, result 7: it has no codeFlows"));
  EXPECT_EQ(counts_.skipped["it has no codeFlows"], 3u);
  EXPECT_EQ(counts_.type_problems, 1u);
}

TEST_F(Import, AFlowOfAResultThatIsUsedOtherwise) {
  Results(StrCat(R"({"codeFlows":[{"threadFlows":[{"locations":)", Steps({"1", "2"}),
                 R"(},{"locations":)", Steps({"3"}), "}]}]}"));
  EXPECT_EQ(counts_.used, 1u);
  EXPECT_THAT(skips_, ElementsAre("t.sarif: run 0, result 0, code flow 0, thread flow 1: its flow "
                                  "has a single location"));
}

TEST_F(Import, Filters) {
  const std::string results =
      StrCat(Result({"1", "2"}, R"("ruleId":"cpp/a","level":"error",)"), ",",
             Result({"3", "4"}, R"("ruleId":"cpp/b","suppressions":[{"kind":"external"}],)"), ",",
             Result({"5", "6"}, R"("ruleId":"c/a","kind":"open",)"), ",",
             Result({"7", "8"}, R"("baselineState":"absent",)"));
  EXPECT_EQ(Results(results).num_flows(), 3u);
  EXPECT_THAT(counts_.filtered, ElementsAre(Pair(HasSubstr("no longer in the code"), 1)));
  options_.rules = {"x", "cpp/*"};
  EXPECT_THAT(Paths(Results(results)), ElementsAre("a.c:1 > a.c:2", "a.c:3 > a.c:4"));
  options_.skip_suppressed = true;
  EXPECT_THAT(Paths(Results(results)), ElementsAre("a.c:1 > a.c:2"));
  options_ = {};
  options_.levels = {"none", "error"};
  EXPECT_THAT(Paths(Results(results)), ElementsAre("a.c:1 > a.c:2", "a.c:5 > a.c:6"));
  EXPECT_THAT(skips_, IsEmpty());
}

TEST_F(Import, TextsThatWouldBreakALine) {
  const std::string huge(3 << 20, 'x');
  const FlowDb db = Results(
      Result({"1", "2"}, StrCat(R"("ruleId":"a\n\"\\b,)", huge, R"(","message":{"text":"x\ny )",
                                huge, R"("},"fingerprints":{"k":")", huge, "\"},")));
  ASSERT_EQ(db.num_flows(), 1u);
  EXPECT_LT(db.flow(0).description.size(), 400u);
  const nlohmann::json origin = nlohmann::json::parse(Origins(db, 1)[0]);
  EXPECT_THAT(origin["rule"].get<std::string>(), testing::StartsWith("a\n\"\\b,xx"));
  EXPECT_LT(origin.dump().size(), 3000u);
}

TEST_F(Import, ReasonsThatALogMakesUpAreBounded) {
  std::string results = "{}";
  for (int i = 0; i < 300; ++i) {
    StrAppend(&results, ",",
              Result({StrCat(R"({"location":{"physicalLocation":{"artifactLocation":{"uri":"s)", i,
                             R"(://x"},"region":{"startLine":1}}}})"),
                      "1"}));
  }
  Results(results);
  EXPECT_EQ(counts_.skipped.size(), 101u);
  EXPECT_GT(counts_.skipped["other reasons"], 190u);
}

TEST_F(Import, AnErrorIsTheReaders) {
  SarifImporter importer = NewImporter();
  EXPECT_FALSE(importer.AddText("{\"runs\":[", "cut.sarif").ok());
  EXPECT_EQ(importer.counts().files, 0u);
}

}  // namespace
}  // namespace flowmon
