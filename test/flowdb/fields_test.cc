#include "flowdb/fields.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace flowmon {
namespace {

using namespace std::string_literals;

TEST(TrimBlanks, RemovesSpacesAndTabsOnly) {
  EXPECT_EQ(TrimBlanks(" \t a b\t "), "a b");
  EXPECT_EQ(TrimBlanks("\ra\v"), "\ra\v");
  EXPECT_EQ(TrimBlanks(" \t"), "");
  EXPECT_EQ(TrimBlanks(""), "");
}

TEST(ParseU32, AcceptsTheWholeRange) {
  uint32_t value = 1;
  EXPECT_TRUE(ParseU32("0", value));
  EXPECT_EQ(value, 0u);
  EXPECT_TRUE(ParseU32("4294967295", value));
  EXPECT_EQ(value, 4294967295u);
  EXPECT_TRUE(ParseU32("00012", value));
  EXPECT_EQ(value, 12u);
}

TEST(ParseU32, SaysWhyItRefuses) {
  const struct {
    std::string_view text, reason;
  } kCases[] = {{"", "is empty"},
                {"-1", "is negative"},
                {"4294967296", "is larger than 4294967295"},
                {"99999999999999999999999", "is larger than 4294967295"},
                {"12x", "has other text behind the number"},
                {"1 2", "has other text behind the number"},
                {"1.5", "has other text behind the number"},
                {"0x10", "has other text behind the number"},
                {"+1", "is not a number"},
                {"abc", "is not a number"}};
  for (const auto& test : kCases) {
    uint32_t value = 0;
    EXPECT_FALSE(ParseU32(test.text, value)) << test.text;
    EXPECT_EQ(BadNumberReason(test.text), test.reason) << test.text;
  }
}

std::vector<std::string> TakeAll(std::string_view line) {
  std::vector<std::string> fields;
  std::optional<std::string_view> rest = line;
  while (rest) {
    std::string_view field;
    if (!TakeField(rest, field)) return {"unterminated"};
    fields.emplace_back(field);
  }
  return fields;
}

TEST(TakeField, SplitsAtCommasOutsideQuotes) {
  using Fields = std::vector<std::string>;
  EXPECT_EQ(TakeAll("a, b ,c"), (Fields{"a", "b", "c"}));
  EXPECT_EQ(TakeAll(""), (Fields{""}));
  EXPECT_EQ(TakeAll(","), (Fields{"", ""}));
  EXPECT_EQ(TakeAll(R"( "a,b" ,c)"), (Fields{R"("a,b")", "c"}));
  EXPECT_EQ(TakeAll(R"("a""," ,c)"), (Fields{R"("a"",")", "c"}));
  EXPECT_EQ(TakeAll(R"($"a,\n",c)"), (Fields{R"($"a,\n")", "c"}));
  EXPECT_EQ(TakeAll(R"("",c)"), (Fields{R"("")", "c"}));
  EXPECT_EQ(TakeAll(R"(a"b,c"d)"), (Fields{R"(a"b)", R"(c"d)"}))
      << "quotes count at the start only";
  EXPECT_EQ(TakeAll(R"("a"x,c)"), (Fields{R"("a"x)", "c"}));
}

TEST(TakeField, RefusesUnterminatedQuotes) {
  for (std::string_view line : {R"("a,b)", R"("a"",b)", R"(")", R"($")", R"(""")"}) {
    EXPECT_EQ(TakeAll(line), std::vector<std::string>{"unterminated"}) << line;
  }
}

TEST(Unquote, DecodesBothForms) {
  const struct {
    std::string_view field;
    std::string value;
  } kCases[] = {{R"("")", ""},
                {R"("a,b")", "a,b"},
                {R"("""a""")", R"("a")"},
                {R"("C:\new dir")", R"(C:\new dir)"},
                {R"($"a\nb\r\0\\n""c")", "a\nb\r\0\\n\"c"s},
                {R"($"")", ""}};
  for (const auto& test : kCases) {
    std::string value = "old";
    EXPECT_EQ(Unquote(test.field, value), "") << test.field;
    EXPECT_EQ(value, test.value) << test.field;
  }
}

TEST(Unquote, SaysWhatIsWrong) {
  const struct {
    std::string_view field, error;
  } kCases[] = {
      {R"("abc)", "unterminated quote"},
      {R"("abc" d)", "text behind a closing quote (inside quotes a quote is written \"\")"},
      {R"($"a\tb")", R"(unknown escape (known are \n, \r, \0 and \\))"},
      {R"($"a\")", R"(unknown escape (known are \n, \r, \0 and \\))"},
      {R"($"a\""")", R"(unknown escape (known are \n, \r, \0 and \\))"}};
  for (const auto& test : kCases) {
    std::string value;
    EXPECT_EQ(Unquote(test.field, value), test.error) << test.field;
  }
}

TEST(QuoteField, QuotesOnlyWhereNeeded) {
  EXPECT_EQ(QuoteField("src/a.c"), "src/a.c");
  EXPECT_EQ(QuoteField("a b#[c]\\n$"), "a b#[c]\\n$");
  EXPECT_EQ(QuoteField(""), R"("")");
  EXPECT_EQ(QuoteField("a,b"), R"("a,b")");
  EXPECT_EQ(QuoteField("a\"b"), R"("a""b")");
  EXPECT_EQ(QuoteField(" a"), R"(" a")");
  EXPECT_EQ(QuoteField("a\t"), "\"a\t\"");
  EXPECT_EQ(QuoteField("#a"), R"("#a")");
  EXPECT_EQ(QuoteField("a\nb\\,"), R"($"a\nb\\,")");
}

TEST(QuoteRestOfLine, LeavesCommasAndInnerQuotesAlone) {
  EXPECT_EQ(QuoteRestOfLine(""), "");
  EXPECT_EQ(QuoteRestOfLine("a, \"b\" #c"), "a, \"b\" #c");
  EXPECT_EQ(QuoteRestOfLine("#a"), "#a");
  EXPECT_EQ(QuoteRestOfLine("\"a\" b"), R"("""a"" b")");
  EXPECT_EQ(QuoteRestOfLine("$\"a"), R"("$""a")");
  EXPECT_EQ(QuoteRestOfLine("a "), R"("a ")");
  EXPECT_EQ(QuoteRestOfLine("a\r\n\0"s), R"($"a\r\n\0")");
}

TEST(PrintableText, CutsBetweenCharactersAndHidesControls) {
  EXPECT_EQ(PrintableText("a\x1B[2J\n\t\x7F\0b"s), "a?[2J? ??b");
  EXPECT_EQ(PrintableText("abc", 3), "abc");
  EXPECT_EQ(PrintableText("abcd", 3), "abc...");
  EXPECT_EQ(PrintableText("ab\xC3\xA4", 3), "ab...");
  EXPECT_EQ(PrintableText("\xC3\xA4", 2), "\xC3\xA4");
}

}  // namespace
}  // namespace flowmon
