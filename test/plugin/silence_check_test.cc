#include "plugin/silence_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flowmon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Signs = SilenceCheck::Signs;

constexpr uint64_t kMany = SilenceCheck::kPatience;

struct Case {
  const char* name;
  Signs signs;
  Silence silence;
  const char* sentence;
};

class SilenceCheckTest : public testing::TestWithParam<Case> {};

TEST_P(SilenceCheckTest, IsToldOnceWithItsReason) {
  SilenceCheck check;
  EXPECT_THAT(check.Look(GetParam().signs),
              ElementsAre(AllOf(testing::StartsWith("1000 executions have brought no event: "),
                                HasSubstr(GetParam().sentence),
                                HasSubstr("; run `flowmon doctor -- <target>`"))));
  EXPECT_EQ(check.silence(), GetParam().silence);
  EXPECT_THAT(check.Look(GetParam().signs), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, SilenceCheckTest,
    testing::Values(
        Case{"SwitchedOff",
             {.executions = kMany, .knows_attach = true, .is_switched_off = true},
             Silence::kSwitchedOff,
             "FLOW_SHM=off is set"},
        Case{"NobodyAttached",
             {.executions = kMany, .knows_attach = true},
             Silence::kNotAttached,
             "no process of the target has attached: it was not built with flow-cc, or a wrapper"},
        Case{"NothingReached",
             {.executions = kMany, .is_attached = true, .knows_attach = true},
             Silence::kNothingReached,
             "the target has attached, but no source or sink of the database was reached;"},
        Case{"OnlyIntermediates",
             {.executions = kMany, .any_hit = true, .is_attached = true, .knows_attach = true},
             Silence::kNothingReached,
             "was reached, only intermediates"},
        Case{"FilesLeaveNoSign", {.executions = kMany}, Silence::kNothingReached, ": no source"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SilenceCheckPatienceTest, NothingIsSaidBeforeOrOfACampaignWithEvents) {
  SilenceCheck check;
  EXPECT_THAT(check.Look({.executions = kMany - 1}), IsEmpty());
  EXPECT_EQ(check.silence(), Silence::kNone);
  EXPECT_THAT(check.Look({.executions = kMany, .any_event = true}), IsEmpty());
  EXPECT_EQ(SilenceName(check.silence()), "none");
}

TEST(SilenceCheckPatienceTest, TheFirstEventEndsTheSilence) {
  SilenceCheck check;
  check.Look({.executions = kMany, .knows_attach = true});
  EXPECT_EQ(SilenceName(check.silence()), "not attached");
  check.Look({.executions = kMany + 1, .any_event = true});
  EXPECT_EQ(SilenceName(check.silence()), "none");
}

TEST(SilenceCheckMismatchTest, IsToldAtOnceAndOnce) {
  SilenceCheck check;
  EXPECT_FALSE(check.flowdb_mismatch());
  const Signs other = {.executions = 1, .any_event = true, .fit = DatabaseFit::kOther};
  EXPECT_THAT(check.Look(other), ElementsAre(HasSubstr("was compiled with another database")));
  EXPECT_TRUE(check.flowdb_mismatch());
  EXPECT_THAT(check.Look(other), IsEmpty());
}

TEST(SilenceCheckMismatchTest, SeveralDatabases) {
  SilenceCheck check;
  EXPECT_THAT(check.Look({.fit = DatabaseFit::kSeveral}),
              ElementsAre(HasSubstr("objects were compiled with several databases")));
}

}  // namespace
}  // namespace flowmon
