#include "flowdb/sarif/result_facts.h"

#include <gtest/gtest.h>

#include <string>

namespace flowmon {
namespace {

TEST(FilledMessage, PutsArgumentsIn) {
  EXPECT_EQ(FilledMessage("{0} and {1}, {0}", {"a", "b"}), "a and b, a");
  EXPECT_EQ(FilledMessage("{{0}} {2} { {x} {", {"a"}), "{0} {2} { {x} {");
  EXPECT_LT(FilledMessage(std::string(3000, '{') + "0}", {}).size(), 5000u);
}

TEST(PlainMessage, IsOneLineWithoutTargets) {
  EXPECT_EQ(PlainMessage("from [user input](1)\n to\t[the sink](file:///a.c). "),
            "from user input to the sink.");
  EXPECT_EQ(PlainMessage("a[i] \\[x\\](y) [open"), "a[i] [x](y) [open");
}

SarifRun SampleRun() {
  SarifRun run;
  run.driver.rules = {{"D1", "error", {{"m", "driver {0}"}}}};
  run.driver.rule_of_id = {{"D1", 0}};
  run.driver.global_messages["g"] = "global";
  run.extensions.resize(2);
  run.extensions[1].name = "second";
  run.extensions[1].rules = {{"E1", "note", {}}, {"E2", "bad", {}}};
  run.extensions[1].rule_of_id = {{"E1", 0}, {"E2", 1}};
  return run;
}

TEST(FactsOf, RulesAreFoundByIndexIdOrComponent) {
  SarifResult result;
  EXPECT_EQ(FactsOf(SampleRun(), result).rule, "");
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "warning");
  result.rule_index = 0;
  EXPECT_EQ(FactsOf(SampleRun(), result).rule, "D1");
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "error");
  result.component_index = 1;
  EXPECT_EQ(FactsOf(SampleRun(), result).rule, "E1");
  result.component_index = -1;
  result.component_name = "second";
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "note");
  result = {};
  result.rule_id = "E1/part";
  EXPECT_EQ(FactsOf(SampleRun(), result).rule, "E1/part");
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "note");
  result.rule_id = "E2";
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "warning") << "no level that there is";
  result.rule_index = 99;
  result.component_index = 99;
  result.rule_id = "unknown";
  EXPECT_EQ(FactsOf(SampleRun(), result).rule, "unknown");
}

TEST(FactsOf, TheResultsOwnLevelAndKindComeFirst) {
  SarifResult result;
  result.rule_id = "D1";
  result.level = "note";
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "note");
  result.kind = "fail";
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "note");
  result.kind = "pass";
  EXPECT_EQ(FactsOf(SampleRun(), result).level, "none");
}

TEST(FactsOf, MessagesAreLookedUp) {
  SarifResult result;
  result.rule_id = "D1";
  result.message = {.text = "", .id = "m", .arguments = {"x"}};
  EXPECT_EQ(FactsOf(SampleRun(), result).message, "driver x");
  result.message.id = "g";
  EXPECT_EQ(FactsOf(SampleRun(), result).message, "global");
  result.message.id = "unknown";
  EXPECT_EQ(FactsOf(SampleRun(), result).message, "unknown");
  result.message.text = "own";
  EXPECT_EQ(FactsOf(SampleRun(), result).message, "own");
}

TEST(FactsOf, FullFingerprintsComeFirst) {
  SarifResult result;
  EXPECT_EQ(FactsOf(SampleRun(), result).fingerprint, "");
  result.partial_fingerprints = {{"p/v1", "1"}};
  EXPECT_EQ(FactsOf(SampleRun(), result).fingerprint, "p/v1=1");
  result.fingerprints = {{"f", "2"}};
  EXPECT_EQ(FactsOf(SampleRun(), result).fingerprint, "f=2");
}

}  // namespace
}  // namespace flowmon
