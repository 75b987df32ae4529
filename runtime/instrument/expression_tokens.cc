#include "runtime/instrument/expression_tokens.h"

#include <algorithm>
#include <iterator>

namespace flowmon {
namespace {

using Token = SourceTokens::Token;
using Kind = SourceTokens::Kind;

constexpr int64_t kMaxTemplateTokens = 32;

}  // namespace

int BinaryPrecedence(const Token& token) {
  if (token.kind != Kind::kOperator) return 0;
  static constexpr std::string_view kLevels[] = {"= += -= *= /= %= <<= >>= &= ^= |=",
                                                 "? :",
                                                 "||",
                                                 "&&",
                                                 "|",
                                                 "^",
                                                 "&",
                                                 "== !=",
                                                 "< > <= >=",
                                                 "<< >>",
                                                 "+ -",
                                                 "* / %"};
  for (int level = 0; level < static_cast<int>(std::size(kLevels)); ++level) {
    std::string_view words = kLevels[level];
    while (!words.empty()) {
      const std::string_view word = words.substr(0, words.find(' '));
      if (word == token.text) return level + 1;
      words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
  }
  return 0;
}

bool IsKeyword(std::string_view text) {
  static constexpr std::string_view kKeywords[] = {"if",   "while", "switch", "for",   "return",
                                                   "case", "else",  "do",     "throw", "co_return",
                                                   "goto", "new",   "delete", "sizeof"};
  return std::find(std::begin(kKeywords), std::end(kKeywords), text) != std::end(kKeywords);
}

bool IsOperator(const Token& token, std::string_view text) {
  return token.kind == Kind::kOperator && token.text == text;
}

bool EndsOperand(const Token& token) {
  if (token.kind != Kind::kOperator) return !IsKeyword(token.text);
  return token.text == ")" || token.text == "]";
}

bool IsOpening(const Token& token) {
  return token.kind == Kind::kOperator &&
         (token.text == "(" || token.text == "[" || token.text == "{");
}

const SourceTokens::Token& ExpressionTokens::At(int64_t i) const {
  static constexpr Token kNothing = {
      .line = 0, .column = 0, .size = 0, .kind = Kind::kOperator, .text = ";"};
  return i < 0 || i >= static_cast<int64_t>(tokens_.size()) ? kNothing
                                                            : tokens_[static_cast<size_t>(i)];
}

bool ExpressionTokens::IsUnary(int64_t i) const {
  const Token& token = At(i);
  static constexpr std::string_view kPrefixes[] = {"*", "&", "!", "~", "-", "+", "++", "--"};
  if (token.kind != Kind::kOperator ||
      std::find(std::begin(kPrefixes), std::end(kPrefixes), token.text) == std::end(kPrefixes)) {
    return false;
  }
  const Token& before = At(i - 1);
  return !EndsOperand(before) || (IsOperator(before, ")") && IsCast(i - 1));
}

bool ExpressionTokens::IsCast(int64_t i) const {
  const Token& close = At(i);
  if (close.partner == SourceTokens::kNone) return false;
  const Token& before = At(int64_t{close.partner} - 1);
  if (EndsOperand(before) || before.text == "if" || before.text == "while" ||
      before.text == "for" || before.text == "switch") {
    return false;
  }
  bool has_name = false;
  for (int64_t inside = int64_t{close.partner} + 1; inside < i; ++inside) {
    const Token& token = At(inside);
    if (token.kind == Kind::kName) has_name = true;
    if (token.kind == Kind::kOperator && token.text != "*" && token.text != "&" &&
        token.text != "::" && token.text != "<" && token.text != ">" && token.text != "[" &&
        token.text != "]") {
      return false;
    }
  }
  return has_name;
}

uint32_t ExpressionTokens::StartOfTemplateName(uint32_t last) const {
  if (!IsOperator(At(last), ">")) return last;
  for (int64_t i = int64_t{last} - 1; i > 0 && last - i < kMaxTemplateTokens; --i) {
    const Token& token = At(i);
    if (IsOperator(token, "<") && At(i - 1).kind == Kind::kName) {
      return static_cast<uint32_t>(i - 1);
    }
    const bool is_type = token.kind == Kind::kName || token.text == "::" || token.text == "*" ||
                         token.text == "&" || token.text == ",";
    if (!is_type) break;
  }
  return last;
}

uint32_t ExpressionTokens::StartOfPrimary(uint32_t last) const {
  int64_t i = last;
  for (;;) {
    const Token& token = At(i);
    if ((IsOperator(token, ")") || IsOperator(token, "]")) &&
        token.partner != SourceTokens::kNone) {
      i = token.partner;
      if (EndsOperand(At(i - 1))) {
        --i;
        continue;
      }
    }
    const Token& before = At(i - 1);
    if (before.kind != Kind::kOperator ||
        (before.text != "." && before.text != "->" && before.text != "::")) {
      return static_cast<uint32_t>(std::max<int64_t>(i, 0));
    }
    i = EndsOperand(At(i - 2)) ? i - 2 : i - 1;
    if (i <= 0) return 0;
  }
}

int64_t ExpressionTokens::QuestionOf(int64_t i) const {
  int open = 1;
  while (--i >= 0) {
    const Token& token = At(i);
    if (IsOperator(token, ":")) ++open;
    if (IsOperator(token, "?") && --open == 0) return i;
    if (token.partner != SourceTokens::kNone && int64_t{token.partner} < i) {
      if (IsOperator(token, "}")) return -1;
      i = token.partner;
    } else if (token.partner != SourceTokens::kNone || IsOperator(token, ";") ||
               token.text == "case") {
      return -1;
    }
  }
  return -1;
}

}  // namespace flowmon
