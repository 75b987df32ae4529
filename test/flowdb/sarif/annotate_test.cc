#include "flowdb/sarif/annotate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "flowdb/str_cat.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kExtension = R"({"name":"flowmon","version":"1"})";

class Annotate : public testing::Test {
 protected:
  // Annotates `text`, each result with what `properties` has for it.
  std::string Run(std::string_view text, std::string_view extension = kExtension) {
    test::WriteFile(in_, text);
    calls_.clear();
    status_ = AnnotateSarif(in_, out_, extension, [&](uint32_t run, uint32_t result) {
      calls_.emplace_back(run, result);
      const auto found = properties_.find({run, result});
      return found == properties_.end() ? std::nullopt : std::optional(found->second);
    });
    return status_.ok() ? test::ReadFile(out_) : "";
  }

  test::TempDir dir_;
  const std::string in_ = dir_ / "in.sarif";
  const std::string out_ = dir_ / "out.sarif";
  std::map<std::pair<uint32_t, uint32_t>, std::string> properties_ = {{{0, 0}, R"({"n":1})"}};
  std::vector<std::pair<uint32_t, uint32_t>> calls_;
  absl::Status status_;
};

struct Case {
  std::string_view name, before, after;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class AnnotateResult : public Annotate, public testing::WithParamInterface<Case> {};

// A case is the array of results of one run.
TEST_P(AnnotateResult, InsertsAndLeavesTheRestAlone) {
  const auto log = [](std::string_view results) {
    return StrCat("{\n \"version\": \"2.1.0\", \"runs\" : [ {\"results\":", results, "} ] }\n");
  };
  EXPECT_EQ(Run(log(GetParam().before), ""), log(GetParam().after));
  EXPECT_TRUE(status_.ok()) << status_;
}

INSTANTIATE_TEST_SUITE_P(
    Results, AnnotateResult,
    testing::Values(
        Case{"EmptyResult", "[{}]", R"([{"properties":{"flowmon":{"n":1}}}])"},
        Case{"NoBag", R"([{"ruleId":"a" }])",
             R"([{"ruleId":"a","properties":{"flowmon":{"n":1}} }])"},
        Case{"EmptyBag", R"([{"properties": { } }])", R"([{"properties": {"flowmon":{"n":1} } }])"},
        Case{"Bag", "[{\"properties\" : {\"a\" : [ 1 ]\n}\t, \"x\":2}]",
             "[{\"properties\" : {\"a\" : [ 1 ],\"flowmon\":{\"n\":1}\n}\t, \"x\":2}]"},
        Case{"FormerFirst", R"([{"properties":{"flowmon": {"n":[7,"}"]} , "b":1}}])",
             R"([{"properties":{"flowmon": {"n":1} , "b":1}}])"},
        Case{"FormerLast", R"([{"properties":{"b":1,"flowmon":3}}])",
             R"([{"properties":{"b":1,"flowmon":{"n":1}}}])"},
        Case{"BagIsNull", R"([{"properties": null}])", R"([{"properties": {"flowmon":{"n":1}}}])"},
        Case{
            "OnlyItsOwnBag",
            R"([{"locations":[{"properties":{"flowmon":0}}],"properties":{"x":{"flowmon":0}}}])",
            R"([{"locations":[{"properties":{"flowmon":0}}],"properties":{"x":{"flowmon":0},"flowmon":{"n":1}}}])"},
        Case{"EscapesAndUnicode",
             R"([{"a\"}":"\\\"]}","ü":"\u00fc{","prop\u0065rties":{"k":"😀"}}])",
             R"([{"a\"}":"\\\"]}","ü":"\u00fc{","prop\u0065rties":{"k":"😀","flowmon":{"n":1}}}])"},
        Case{
            "FormerWithoutNewOneIsRemoved",
            R"([{},{"properties":{"flowmon":1, "b":2}},{"properties":{"b":2 , "flowmon":{} }},{"properties":{"flowmon":1}}])",
            R"([{"properties":{"flowmon":{"n":1}}},{"properties":{ "b":2}},{"properties":{"b":2 }},{"properties":{}}])"},
        Case{"NoObject", R"([null,{}])", R"([null,{}])"}, Case{"NoResults", "[]", "[]"},
        Case{"NullResults", "null", "null"}),
    [](const auto& test) { return std::string(test.param.name); });

class AnnotateTool : public Annotate, public testing::WithParamInterface<Case> {};

TEST_P(AnnotateTool, GetsTheExtension) {
  const auto log = [](std::string_view tool) {
    return StrCat(R"({"runs":[{"results":[], "tool":)", tool, "}]}");
  };
  EXPECT_EQ(Run(log(GetParam().before)), log(GetParam().after));
}

INSTANTIATE_TEST_SUITE_P(
    Tools, AnnotateTool,
    testing::Values(
        Case{"None", R"({"driver":{"name":"x"}})",
             R"({"driver":{"name":"x"},"extensions":[{"name":"flowmon","version":"1"}]})"},
        Case{"Empty", R"({"extensions":[ ],"driver":{}})",
             R"({"extensions":[{"name":"flowmon","version":"1"} ],"driver":{}})"},
        Case{"Others", R"({"extensions":[{"name":"a"}]})",
             R"({"extensions":[{"name":"a"},{"name":"flowmon","version":"1"}]})"},
        Case{"Former", R"({"extensions":[{"version":"0","name":"flowmon"},{"name":"a"}]})",
             R"({"extensions":[{"name":"flowmon","version":"1"},{"name":"a"}]})"},
        Case{"Null", R"({"extensions":null})",
             R"({"extensions":[{"name":"flowmon","version":"1"}]})"}),
    [](const auto& test) { return std::string(test.param.name); });

constexpr std::string_view kTwoRuns = R"({"runs": [
  {"tool": {"driver": {"name": "a"}}, "results": [{"message": {"text": "x"}}, {"message": {"text": "y"}, "properties": {"k": 1}}]},
  {"tool": {"driver": {"name": "b"}}},
  {"results": [{"message": {"text": "z"}}], "tool": {"driver": {"name": "c"}, "extensions": [{"name": "e"}]}}
], "version": "2.1.0"})";

TEST_F(Annotate, AsksForEachResultInOrder) {
  Run(kTwoRuns);
  EXPECT_THAT(calls_, ElementsAre(std::pair(0, 0), std::pair(0, 1), std::pair(2, 0)));
}

// What SARIF 2.1.0 says of what is inserted: 3.8 property bags, 3.18.3 extensions, 3.19.8 name.
TEST_F(Annotate, IsStillSarif) {
  properties_ = {{{0, 0}, R"({"n":1})"}, {{0, 1}, R"({"n":2})"}, {{2, 0}, R"({"n":3})"}};
  const json log = json::parse(Run(kTwoRuns));
  int n = 0;
  for (const json& run : log["runs"]) {
    const json& extensions = run.at("tool").at("extensions");
    EXPECT_TRUE(extensions.is_array());
    EXPECT_EQ(extensions.back(), json::parse(kExtension));
    if (!run.contains("results")) continue;
    for (const json& result : run["results"]) {
      EXPECT_TRUE(result.at("properties").is_object());
      EXPECT_EQ(result["properties"]["flowmon"]["n"], ++n);
    }
  }
  EXPECT_EQ(n, 3);
  EXPECT_EQ(log["runs"][0]["results"][1]["properties"]["k"], 1);
}

TEST_F(Annotate, WithoutWhatWasInsertedItIsTheSame) {
  properties_ = {{{0, 0}, "{}"}, {{0, 1}, "{}"}, {{2, 0}, "{}"}};
  std::string text = Run(kTwoRuns);
  for (const std::string& inserted :
       {std::string(R"(,"properties":{"flowmon":{}})"), std::string(R"(,"flowmon":{})"),
        StrCat(",\"extensions\":[", kExtension, "]"), StrCat(",", kExtension)}) {
    for (size_t at = text.find(inserted); at != std::string::npos; at = text.find(inserted, at)) {
      text.erase(at, inserted.size());
    }
  }
  EXPECT_EQ(text, kTwoRuns);
}

TEST_F(Annotate, TwiceIsOnce) {
  const std::string once = Run(kTwoRuns);
  EXPECT_EQ(Run(once), once);
}

TEST_F(Annotate, OntoItself) {
  test::WriteFile(in_, kTwoRuns);
  const auto properties = [](uint32_t, uint32_t) { return std::optional<std::string>("{}"); };
  ASSERT_TRUE(AnnotateSarif(in_, in_, kExtension, properties).ok());
  EXPECT_EQ(json::parse(test::ReadFile(in_))["runs"][2]["results"][0]["properties"].dump(),
            R"({"flowmon":{}})");
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("in.sarif"));
}

// More than the buffers of reader and copy hold, with edits across them.
TEST_F(Annotate, LargeFiles) {
  std::string before = "{\"runs\":[{\"results\":[";
  std::string after = before;
  for (uint32_t i = 0; i < 3000; ++i) {
    const std::string result =
        StrCat(i == 0 ? "" : ",\n", "{\"message\":{\"text\":\"", std::string(i % 1000, 'x'), "\"}");
    StrAppend(&before, result, "}");
    StrAppend(&after, result, ",\"properties\":{\"flowmon\":{\"i\":", i, "}}}");
    properties_[{0, i}] = StrCat("{\"i\":", i, "}");
  }
  EXPECT_EQ(Run(before + "]}]}"), after + "]}]}");
}

TEST_F(Annotate, ACutOffLogIsAnErrorAndLeavesTheOutputAlone) {
  test::WriteFile(out_, "old");
  Run("{\"runs\":[\n{\"results\":[{\"a\":");
  EXPECT_THAT(std::string(status_.message()), HasSubstr("in.sarif:2: the file ends where"));
  EXPECT_EQ(test::ReadFile(out_), "old");
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("in.sarif", "out.sarif"));
}

TEST_F(Annotate, AMissingLogIsAnError) {
  const auto none = [](uint32_t, uint32_t) { return std::optional<std::string>(); };
  EXPECT_THAT(std::string(AnnotateSarif(dir_ / "no.sarif", out_, "", none).message()),
              HasSubstr("No such file"));
}

}  // namespace
}  // namespace flowmon
