#include "runtime/instrument/data_choice.h"

#include <gtest/gtest.h>

namespace flowmon {
namespace {

using Kind = DataChoice::Kind;

TEST(DataChoiceTest, EachLabelIsRead) {
  const struct {
    const char* label;
    DataChoice choice;
  } cases[] = {{"value", {Kind::kValue}},
               {"index", {Kind::kIndex}},
               {"size", {Kind::kSize}},
               {"bytes", {Kind::kBytes}},
               {"bound", {Kind::kBound}},
               {"divisor", {Kind::kDivisor}},
               {"text", {Kind::kText}},
               {"argument:0", {Kind::kArgument, 0}},
               {"argument:7", {Kind::kArgument, 7}},
               {"argument:99", {Kind::kArgument, 99}}};
  for (const auto& c : cases) EXPECT_EQ(ParseDataChoice(c.label), c.choice) << c.label;
}

TEST(DataChoiceTest, AnythingElseIsNone) {
  for (const char* label : {"", "Value", "values", "argument", "argument:", "argument:x",
                            "argument:-1", "argument:100", "argument: 1", " index"})
    EXPECT_EQ(ParseDataChoice(label), std::nullopt) << label;
}

}  // namespace
}  // namespace flowmon
