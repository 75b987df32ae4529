#include "runtime/instrument/enclosing_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flowmon {
namespace {

// `source` has the location in «quotes».
struct Case {
  const char* name;
  const char* source;
  std::vector<uint32_t> columns;  // the first ones, of line 1
};

std::vector<uint32_t> ColumnsAround(std::string text) {
  const size_t start = text.find("«");
  text.erase(start, 2);
  const size_t end = text.find("»");
  text.erase(end, 2);
  const SourceTokens source(text);
  std::vector<uint32_t> columns;
  for (const CodePosition& position : EnclosingPositions(
           source, 1, static_cast<uint32_t>(start + 1), static_cast<uint32_t>(end))) {
    if (columns.empty() || columns.back() != position.column) columns.push_back(position.column);
  }
  return columns;
}

class EnclosingCodeTest : public ::testing::TestWithParam<Case> {};

TEST_P(EnclosingCodeTest, StartsWithTheInnermost) {
  const std::vector<uint32_t> columns = ColumnsAround(GetParam().source);
  ASSERT_GE(columns.size(), GetParam().columns.size()) << ::testing::PrintToString(columns);
  for (size_t i = 0; i < GetParam().columns.size(); ++i) {
    EXPECT_EQ(columns[i], GetParam().columns[i]) << ::testing::PrintToString(columns);
  }
  EXPECT_EQ(columns.empty(), GetParam().columns.empty()) << ::testing::PrintToString(columns);
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, EnclosingCodeTest,
    ::testing::Values(
        Case{"Assigned", "«x» = 3;", {3}}, Case{"AssignedValue", "x = «3»;", {3}},
        Case{"Initialised", "int x = «3»;", {7, 5}}, Case{"Product", "a + «b» * c;", {7, 3}},
        Case{"LeftAssociative", "a - «b» - c;", {3, 7}},
        Case{"AssignedTwice", "a = «b» = c;", {7, 9, 3}}, Case{"Argument", "f(a, «3»);", {1}},
        Case{"ArgumentOfMethod", "p->f(«3»);", {1, 4}},
        Case{"ArgumentOfTemplate", "f<int>(«3»);", {1}}, Case{"Cast", "x = (int)«3»;", {5, 3}},
        Case{"Initialiser", "A() : a«(3)», b(4) {}", {7}}, Case{"Index", "a[«3»];", {1}},
        Case{"Base", "«a»[3];", {1}}, Case{"Member", "a.«b» += 1;", {3, 1, 5}},
        Case{"Unary", "x = -«3»;", {5, 3}}, Case{"UnaryIsNoBinary", "a * -«3» + b;", {5, 3, 8}},
        Case{"Incremented", "«x»++;", {2}}, Case{"Chosen", "x = c > 1 ? «2» : 3;", {5, 3}},
        Case{"ChosenLast", "x = c ? 2 : d ? 3 : «4»;", {13, 5, 3}},
        Case{"AfterLabel", "case 1: «x» = 3;", {11}},
        Case{"AfterLabelCondition", "case 1: «x» ? f() : 3;", {9}},
        Case{"Condition", "if («3») x = 4;", {1}}, Case{"Returned", "return «3»;", {1}},
        Case{"Parenthesised", "x = («3») + y;", {9, 3}},
        Case{"Element", "int a[] = {1, «2»};", {9, 5}}, Case{"Statement", "f(); «x»; g();", {}},
        Case{"Block", "{ f(); } «x»;", {}}, Case{"Divided", "f(a) / «2»;", {6}}),
    [](const auto& test) { return test.param.name; });

TEST(EnclosingCodeLinesTest, GoesOverSeveralLines) {
  const SourceTokens source("x = f(a,\n  // comment, (\n  3);\n");
  const std::vector<CodePosition> positions = EnclosingPositions(source, 3, 3, 3);
  ASSERT_FALSE(positions.empty());
  EXPECT_EQ(positions.front(), (CodePosition{1, 5, true}));
  EXPECT_EQ(positions.back(), (CodePosition{1, 1, false}));
}

// Whatever is in a file, and wherever it ends: the walk must end, too.
TEST(EnclosingCodeLinesTest, EndsOnAnything) {
  const std::string text =
      "case a: b ? (c)d[e] : -f->g::h<i>(j, {k, l}) = sizeof *m ++ n; ) ] } : ? return ( [ { x . "
      "case 1: y ? z";
  for (size_t start = 0; start < text.size(); ++start) {
    for (size_t size : {size_t{1}, size_t{20}, text.size()}) {
      const SourceTokens source(text.substr(start, size));
      for (uint32_t column = 1; column <= size; ++column) {
        EXPECT_LT(EnclosingPositions(source, 1, column, column + 2).size(), 1000u);
      }
    }
  }
}

}  // namespace
}  // namespace flowmon
