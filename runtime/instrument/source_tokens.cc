#include "runtime/instrument/source_tokens.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace flowmon {
namespace {

constexpr size_t kMaxBytes = 64 << 20;

// Longest first.
constexpr std::string_view kOperators[] = {"<<=", ">>=", "...", "->*", "->", "++", "--", "<<", ">>",
                                           "<=",  ">=",  "==",  "!=",  "&&", "||", "+=", "-=", "*=",
                                           "/=",  "%=",  "&=",  "|=",  "^=", "::", ".*"};

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Walks over the text, counting lines and columns.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool StartsWith(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  void Skip(size_t count = 1) {
    for (; count > 0 && !AtEnd(); --count) {
      if (text_[at_++] == '\n') {
        ++line_;
        line_start_ = at_;
      }
    }
  }
  size_t at() const { return at_; }
  uint32_t line() const { return line_; }
  uint32_t column() const { return static_cast<uint32_t>(at_ - line_start_ + 1); }

 private:
  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t line_start_ = 0;
};

bool SkipComment(Cursor& cursor) {
  if (cursor.StartsWith("//")) {
    while (!cursor.AtEnd() && cursor.Peek() != '\n') cursor.Skip();
    return true;
  }
  if (!cursor.StartsWith("/*")) return false;
  cursor.Skip(2);
  while (!cursor.AtEnd() && !cursor.StartsWith("*/")) cursor.Skip();
  cursor.Skip(2);
  return true;
}

void SkipDirective(Cursor& cursor) {
  while (!cursor.AtEnd() && cursor.Peek() != '\n') {
    if (SkipComment(cursor)) continue;
    cursor.Skip(cursor.Peek() == '\\' ? 2 : 1);
  }
}

void SkipQuoted(Cursor& cursor) {
  const char quote = cursor.Peek();
  cursor.Skip();
  while (!cursor.AtEnd() && cursor.Peek() != quote && cursor.Peek() != '\n') {
    cursor.Skip(cursor.Peek() == '\\' ? 2 : 1);
  }
  cursor.Skip();
}

SourceTokens::Kind SkipToken(Cursor& cursor) {
  const char first = cursor.Peek();
  const bool is_number = std::isdigit(static_cast<unsigned char>(first)) != 0;
  if (first == '"' || first == '\'') {
    SkipQuoted(cursor);
    return SourceTokens::Kind::kText;
  }
  if (IsNameCharacter(first)) {
    while (IsNameCharacter(cursor.Peek()) || (is_number && cursor.Peek() == '.')) cursor.Skip();
    if (!is_number && cursor.Peek() == '"') {  // L"text"
      SkipQuoted(cursor);
      return SourceTokens::Kind::kText;
    }
    return is_number ? SourceTokens::Kind::kNumber : SourceTokens::Kind::kName;
  }
  const auto* symbol =
      std::find_if(std::begin(kOperators), std::end(kOperators),
                   [&](std::string_view candidate) { return cursor.StartsWith(candidate); });
  cursor.Skip(symbol == std::end(kOperators) ? 1 : symbol->size());
  return SourceTokens::Kind::kOperator;
}

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

}  // namespace

SourceTokens::SourceTokens(std::string text) : text_(std::move(text)) {
  Tokenize();
  MatchBrackets();
}

std::optional<std::string> SourceTokens::ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() < 0 || static_cast<size_t>(file.tellg()) > kMaxBytes) {
    return std::nullopt;
  }
  file.seekg(0);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void SourceTokens::Tokenize() {
  Cursor cursor(text_);
  bool starts_line = true;
  while (!cursor.AtEnd()) {
    const char c = cursor.Peek();
    if (c == '\n') starts_line = true;
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\\') {
      cursor.Skip();
    } else if (SkipComment(cursor)) {
      continue;
    } else if (c == '#' && starts_line) {
      SkipDirective(cursor);
    } else {
      starts_line = false;
      const size_t start = cursor.at();
      Token token = {};
      token.line = cursor.line();
      token.column = cursor.column();
      token.kind = SkipToken(cursor);
      token.text = std::string_view(text_).substr(start, cursor.at() - start);
      token.size = static_cast<uint32_t>(std::min(token.text.size(), token.text.find('\n')));
      tokens_.push_back(token);
    }
  }
}

// Where #if and #else leave brackets without a partner, the ones around them stay right.
void SourceTokens::MatchBrackets() {
  std::vector<uint32_t> open;
  for (uint32_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != Kind::kOperator || tokens_[i].size != 1) continue;
    const char c = tokens_[i].text[0];
    if (IsOneOf(c, "([{")) open.push_back(i);
    if (!IsOneOf(c, ")]}")) continue;
    const char opener = c == ')' ? '(' : c == ']' ? '[' : '{';
    while (!open.empty() && opener == '{' && tokens_[open.back()].text[0] != '{') open.pop_back();
    if (open.empty() || tokens_[open.back()].text[0] != opener) continue;
    tokens_[i].partner = open.back();
    tokens_[open.back()].partner = i;
    open.pop_back();
  }
}

std::optional<std::pair<uint32_t, uint32_t>> SourceTokens::Find(uint32_t line, uint32_t col_start,
                                                                uint32_t col_end) const {
  const auto first = std::partition_point(tokens_.begin(), tokens_.end(), [&](const Token& token) {
    return token.line < line || (token.line == line && token.end() < col_start);
  });
  const auto end = std::partition_point(first, tokens_.end(), [&](const Token& token) {
    return token.line == line && token.column <= col_end;
  });
  if (first == end) return std::nullopt;
  return std::pair(static_cast<uint32_t>(first - tokens_.begin()),
                   static_cast<uint32_t>(end - tokens_.begin() - 1));
}

bool SourceTokens::IsToken(uint32_t line, uint32_t col_start, uint32_t col_end) const {
  const auto range = Find(line, col_start, col_end);
  return range.has_value() && range->first == range->second &&
         tokens_[range->first].column == col_start && tokens_[range->first].end() == col_end;
}

bool SourceTokens::IsExpression(uint32_t line, uint32_t col_start, uint32_t col_end) const {
  const auto range = Find(line, col_start, col_end);
  if (!range.has_value()) return false;
  const auto [first, last] = *range;
  const Token& head = tokens_[first];
  const Token& tail = tokens_[last];
  if (head.column != col_start || tail.end() != col_end) return false;
  for (uint32_t i = first; i <= last; ++i) {
    const bool is_bracket =
        tokens_[i].kind == Kind::kOperator && IsOneOf(tokens_[i].text[0], "()[]{}");
    if (is_bracket && (tokens_[i].partner < first || tokens_[i].partner > last)) return false;
  }
  if (tail.kind == Kind::kOperator && !IsOneOf(tail.text[0], ")]}") && tail.text != "++" &&
      tail.text != "--") {
    return false;
  }
  return head.kind != Kind::kOperator || IsOneOf(head.text[0], "([{*&!~-+:");
}

bool SourceTokens::IsCallee(uint32_t line, uint32_t col_end) const {
  const auto range = Find(line, col_end, col_end);
  return range.has_value() && range->second + 1 < tokens_.size() &&
         tokens_[range->second + 1].text == "(";
}

const SourceTokens::Token* SourceTokens::AssignmentTo(uint32_t line, uint32_t col_start,
                                                      uint32_t col_end) const {
  static constexpr std::string_view kAssignments[] = {
      "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="};
  const auto range = Find(line, col_start, col_end);
  if (!range.has_value() || range->second + 1 >= tokens_.size()) return nullptr;
  const Token& next = tokens_[range->second + 1];
  if (next.text == "++" || next.text == "--") return &next;
  const bool is_dereferenced = range->first > 0 && tokens_[range->first - 1].text == "*";
  const bool assigns = std::find(std::begin(kAssignments), std::end(kAssignments), next.text) !=
                       std::end(kAssignments);
  return assigns && !is_dereferenced ? &next : nullptr;
}

}  // namespace flowmon
