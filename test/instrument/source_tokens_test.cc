#include "runtime/instrument/source_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flowmon {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Texts(const SourceTokens& source) {
  std::vector<std::string> texts;
  for (const SourceTokens::Token& token : source.tokens()) texts.emplace_back(token.text);
  return texts;
}

TEST(SourceTokensTest, LeavesOutCommentsAndDirectives) {
  const SourceTokens source(
      "a // b\n#define c \\\n d\n/* e\n */ f \"g//\\\"\" '\\'' 1.5e3 h>>=i->j # L\"k\"");
  EXPECT_THAT(Texts(source), ElementsAre("a", "f", "\"g//\\\"\"", "'\\''", "1.5e3", "h", ">>=", "i",
                                         "->", "j", "#", "L\"k\""));
  EXPECT_EQ(source.tokens()[1].line, 5u);
  EXPECT_EQ(source.tokens()[1].column, 5u);
}

TEST(SourceTokensTest, BracketsHavePartners) {
  const SourceTokens source("( [ ) ] { ( } )");
  std::vector<uint32_t> partners;
  for (const SourceTokens::Token& token : source.tokens()) partners.push_back(token.partner);
  constexpr uint32_t kNone = SourceTokens::kNone;
  EXPECT_THAT(partners, ElementsAre(7u, 3u, kNone, 1u, 6u, kNone, 4u, 0u));
}

TEST(SourceTokensTest, FindsTokensByColumns) {
  const SourceTokens source("ab = cd;\n  ef\n");
  EXPECT_EQ(source.Find(1, 2, 6), std::pair(0u, 2u));
  EXPECT_EQ(source.Find(2, 1, 100), std::pair(4u, 4u));
  EXPECT_EQ(source.Find(2, 1, 2), std::nullopt);
  EXPECT_EQ(source.Find(3, 1, 100), std::nullopt);
}

TEST(SourceTokensTest, KnowsExpressions) {
  const SourceTokens source("x = -f(a[i], b) + c++;");
  EXPECT_TRUE(source.IsExpression(1, 5, 15)) << "-f(a[i], b)";
  EXPECT_TRUE(source.IsExpression(1, 8, 11)) << "a[i]";
  EXPECT_TRUE(source.IsExpression(1, 19, 21)) << "c++";
  EXPECT_FALSE(source.IsExpression(1, 3, 3)) << "=";
  EXPECT_FALSE(source.IsExpression(1, 6, 9)) << "f(a[";
  EXPECT_FALSE(source.IsExpression(1, 7, 10)) << "(a[i";
}

TEST(SourceTokensTest, KnowsWhatIsAssignedAndCalled) {
  const SourceTokens source("*p = f(x) + i++;");
  EXPECT_EQ(source.AssignmentTo(1, 1, 2)->column, 4u);
  EXPECT_EQ(source.AssignmentTo(1, 2, 2), nullptr) << "p itself is only read";
  EXPECT_EQ(source.AssignmentTo(1, 13, 13)->text, "++");
  EXPECT_EQ(source.AssignmentTo(1, 6, 9), nullptr);
  EXPECT_TRUE(source.IsCallee(1, 6));
  EXPECT_FALSE(source.IsCallee(1, 8));
}

TEST(SourceTokensTest, FilesThatCannotBeReadHaveNoText) {
  EXPECT_EQ(SourceTokens::ReadText("/nonexistent/a.c"), std::nullopt);
  EXPECT_EQ(SourceTokens::ReadText("/"), std::nullopt);
}

}  // namespace
}  // namespace flowmon
