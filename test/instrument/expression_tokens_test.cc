#include "runtime/instrument/expression_tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace flowmon {
namespace {

// Index of the token of this text, the first one.
int64_t IndexOf(const SourceTokens& source, std::string_view text) {
  for (size_t i = 0; i < source.tokens().size(); ++i) {
    if (source.tokens()[i].text == text) return static_cast<int64_t>(i);
  }
  ADD_FAILURE() << text;
  return -1;
}

TEST(ExpressionTokensTest, OperatorsBindAsInC) {
  const SourceTokens source("= ? || && | ^ & == < << + *");
  for (size_t i = 0; i < source.tokens().size(); ++i) {
    EXPECT_EQ(BinaryPrecedence(source.tokens()[i]), i + 1) << source.tokens()[i].text;
  }
  const SourceTokens others("a ( ! ~ . -> 1");
  for (const SourceTokens::Token& token : others.tokens()) EXPECT_EQ(BinaryPrecedence(token), 0);
}

TEST(ExpressionTokensTest, TellsUnaryOperators) {
  for (const char* text : {"a = -b", "f(-b)", "return -b", "a * -b", "(int)-b"}) {
    const SourceTokens source(text);
    EXPECT_TRUE(ExpressionTokens(source.tokens()).IsUnary(IndexOf(source, "-"))) << text;
  }
  for (const char* text : {"a - b", "f() - b", "a[1] - b", "2 - b"}) {
    const SourceTokens source(text);
    EXPECT_FALSE(ExpressionTokens(source.tokens()).IsUnary(IndexOf(source, "-"))) << text;
  }
}

TEST(ExpressionTokensTest, TellsCasts) {
  for (const char* text : {"(int)b", "x = (struct a*)b", "(std::string)b", "return (T)b"}) {
    const SourceTokens source(text);
    EXPECT_TRUE(ExpressionTokens(source.tokens()).IsCast(IndexOf(source, ")"))) << text;
  }
  for (const char* text : {"f(int)", "if (a) b", "while (a) b", "(a + b)", "()"}) {
    const SourceTokens source(text);
    EXPECT_FALSE(ExpressionTokens(source.tokens()).IsCast(IndexOf(source, ")"))) << text;
  }
}

TEST(ExpressionTokensTest, FindsStarts) {
  const SourceTokens source("x = a->b[i](c).d; y = f<int, T*>(2); c ? (d ? e : g) : h; case 1: k;");
  const ExpressionTokens tokens(source.tokens());
  const auto text_at = [&](int64_t i) { return std::string(tokens.At(i).text); };
  EXPECT_EQ(text_at(tokens.StartOfPrimary(static_cast<uint32_t>(IndexOf(source, "d")))), "a");
  const auto end = static_cast<uint32_t>(IndexOf(source, ">"));
  EXPECT_EQ(text_at(tokens.StartOfTemplateName(end)), "f");
  const int64_t last_colon = IndexOf(source, "h") - 1;
  EXPECT_EQ(text_at(tokens.QuestionOf(last_colon) - 1), "c");
  EXPECT_EQ(tokens.QuestionOf(IndexOf(source, "k") - 1), -1) << "a label";
}

TEST(ExpressionTokensTest, NothingIsOutOfRange) {
  const SourceTokens source("a");
  const ExpressionTokens tokens(source.tokens());
  EXPECT_EQ(tokens.At(-1).line, 0u);
  EXPECT_EQ(tokens.At(1).text, ";");
  EXPECT_FALSE(tokens.IsUnary(-5));
  EXPECT_FALSE(tokens.IsCast(7));
}

}  // namespace
}  // namespace flowmon
