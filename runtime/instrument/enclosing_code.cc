#include "runtime/instrument/enclosing_code.h"

#include <algorithm>
#include <string_view>

namespace flowmon {
namespace {

using Token = SourceTokens::Token;
using Kind = SourceTokens::Kind;

// From what binds loosest; 0: no binary operator. Names follow no rule here but `?` and `:`.
int Precedence(std::string_view text) {
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
      if (word == text) return level + 1;
      words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
  }
  return 0;
}
constexpr int kAssignment = 1;
constexpr int kConditional = 2;

bool IsKeyword(std::string_view text) {
  static constexpr std::string_view kKeywords[] = {"if",   "while", "switch", "for",   "return",
                                                   "case", "else",  "do",     "throw", "co_return",
                                                   "goto", "new",   "delete", "sizeof"};
  return std::find(std::begin(kKeywords), std::end(kKeywords), text) != std::end(kKeywords);
}

class Enclosing {
 public:
  Enclosing(const std::vector<Token>& tokens, uint32_t first, uint32_t last)
      : tokens_(tokens), first_(first), last_(last) {}

  std::vector<CodePosition> Positions() {
    if (IsOpening(At(first_)) && At(first_).partner == last_ && !TakeOwnerOfBrackets()) {
      return std::move(positions_);
    }
    while (Grow()) {
    }
    return std::move(positions_);
  }

 private:
  // Never out of range: a token that is nothing stands for what is not there.
  const Token& At(int64_t i) const {
    static constexpr Token kNothing = {
        .line = 0, .column = 0, .size = 0, .kind = Kind::kOperator, .text = ";"};
    return i < 0 || i >= static_cast<int64_t>(tokens_.size()) ? kNothing
                                                              : tokens_[static_cast<size_t>(i)];
  }
  const Token& Left() const { return At(int64_t{first_} - 1); }
  const Token& Right() const { return At(int64_t{last_} + 1); }

  static bool IsOperator(const Token& token, std::string_view text) {
    return token.kind == Kind::kOperator && token.text == text;
  }
  static bool EndsOperand(const Token& token) {
    if (token.kind != Kind::kOperator) return !IsKeyword(token.text);
    return token.text == ")" || token.text == "]";
  }
  static int BinaryPrecedence(const Token& token) {
    return token.kind == Kind::kOperator ? Precedence(token.text) : 0;
  }
  bool IsUnary(int64_t i) const {
    const Token& token = At(i);
    static constexpr std::string_view kPrefixes[] = {"*", "&", "!", "~", "-", "+", "++", "--"};
    if (token.kind != Kind::kOperator ||
        std::find(std::begin(kPrefixes), std::end(kPrefixes), token.text) == std::end(kPrefixes)) {
      return false;
    }
    const Token& before = At(i - 1);
    return !EndsOperand(before) || (IsOperator(before, ")") && IsCast(i - 1));
  }
  // Whether the parenthesis that closes at `i` holds a type: nothing stands before it that could be
  // called, and only names and stars are in it.
  bool IsCast(int64_t i) const {
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

  void Add(const Token& token, bool of_call = false) {
    if (token.line == 0) return;
    const CodePosition position = {token.line, token.column, of_call};
    if (std::find(positions_.begin(), positions_.end(), position) == positions_.end()) {
      positions_.push_back(position);
    }
  }

  // The brackets' owner is `first_` to `callee`: a method's call is at its name, another's where
  // the expression starts.
  void AddCall(uint32_t callee) {
    Add(At(first_), true);
    Add(At(callee), true);
    Add(At(first_));
    Add(At(callee));
  }

  // Of `name<arguments>`, which ends at token `last`, the name; `last` if that is something else.
  uint32_t StartOfTemplateName(uint32_t last) const {
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

  // The start of the postfix expression that ends with token `last`: `a->b[i](c)`.
  uint32_t StartOfPrimary(uint32_t last) const {
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

  // `first_` is an opening bracket, `last_` its partner: what stands in front of it.
  bool TakeOwnerOfBrackets() {
    const Token& owner = Left();
    if (IsOperator(At(first_), "{")) {
      return IsOperator(owner, "=") || IsOperator(owner, ",") || IsOperator(owner, "{") ||
             IsOperator(owner, "(") || owner.text == "return";
    }
    if (owner.kind == Kind::kName && IsKeyword(owner.text)) {
      if (owner.text == "return" || owner.text == "sizeof") return true;
      Add(owner);
      return false;
    }
    const uint32_t callee = first_ > 0 ? StartOfTemplateName(first_ - 1) : 0;
    if (!EndsOperand(At(callee)) || first_ == 0) return true;
    if (IsOperator(owner, ")") && IsCast(int64_t{first_} - 1)) return true;
    first_ = StartOfPrimary(callee);
    AddCall(callee);
    return true;
  }

  bool GrowByPostfix() {
    const Token& right = Right();
    if (right.kind != Kind::kOperator || !EndsOperand(At(last_))) return false;
    if ((right.text == "[" || right.text == "(") && right.partner != SourceTokens::kNone) {
      AddCall(last_);
      last_ = right.partner;
      return true;
    }
    if (right.text == "." || right.text == "->" || right.text == "::") {
      last_ += 2;
      Add(At(last_));
      Add(At(first_));
      return At(last_).line != 0;
    }
    if (right.text == "++" || right.text == "--") {
      Add(right);
      ++last_;
      return true;
    }
    return false;
  }

  bool GrowByPrefix() {
    const Token& left = Left();
    if (left.kind == Kind::kOperator &&
        (left.text == "." || left.text == "->" || left.text == "::")) {
      Add(At(first_));
      first_ = first_ >= 2 ? StartOfPrimary(first_ - 2) : 0;
      Add(At(first_));
      return true;
    }
    if (GrowByPostfix()) return true;
    if (IsUnary(int64_t{first_} - 1)) {
      --first_;
      Add(At(first_));
      return true;
    }
    if (IsOperator(left, ")") && IsCast(int64_t{first_} - 1)) {
      first_ = left.partner;
      Add(At(first_));
      return true;
    }
    return false;
  }

  // Over operands and operators that bind at least as tightly as `precedence`.
  void SkipLeft(int precedence) {
    for (int64_t i = int64_t{first_} - 1; i >= 0; --i) {
      const Token& token = At(i);
      if (IsKeyword(token.text) && token.text != "sizeof") return;
      if (IsOperator(token, "}")) return;
      if (token.kind == Kind::kOperator) {
        if (token.partner != SourceTokens::kNone && int64_t{token.partner} < i) {
          i = token.partner;
        } else if (!IsUnary(i) && token.text != "." && token.text != "->" && token.text != "::" &&
                   token.text != "++" && token.text != "--" &&
                   BinaryPrecedence(token) < precedence) {
          return;
        } else if (token.text == "(" || token.text == "[" || token.text == "{") {
          return;
        }
      }
      first_ = static_cast<uint32_t>(i);
    }
  }

  void SkipRight(int precedence) {
    for (int64_t i = int64_t{last_} + 1; i < static_cast<int64_t>(tokens_.size()); ++i) {
      const Token& token = At(i);
      if (token.kind == Kind::kOperator) {
        if (token.partner != SourceTokens::kNone && int64_t{token.partner} > i) {
          i = token.partner;
        } else if (!IsUnary(i) && token.text != "." && token.text != "->" && token.text != "::" &&
                   token.text != "++" && token.text != "--" &&
                   BinaryPrecedence(token) < precedence) {
          return;
        }
      }
      last_ = static_cast<uint32_t>(i);
    }
  }

  // The `?` that belongs to the colon at `i`; -1 for the colon of a label.
  int64_t QuestionOf(int64_t i) const {
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

  int PrecedenceOfLeft() const {
    const int64_t i = int64_t{first_} - 1;
    if (IsUnary(i) || (IsOperator(At(i), ":") && QuestionOf(i) < 0)) return 0;
    return BinaryPrecedence(At(i));
  }

  // A conditional expression has its code where it starts.
  bool GrowByConditional() {
    const int64_t question = IsOperator(Left(), ":") ? QuestionOf(int64_t{first_} - 1) : -1;
    if (question >= 0) {
      first_ = static_cast<uint32_t>(question);
    } else if (IsOperator(Left(), "?")) {
      --first_;
    } else if (!IsOperator(Right(), "?")) {
      return false;
    }
    SkipLeft(kConditional + 1);
    SkipRight(kConditional);
    Add(At(first_));
    return true;
  }

  bool GrowByOperator() {
    const int left = PrecedenceOfLeft();
    const int right = BinaryPrecedence(Right());
    if (left == 0 && right == 0) return false;
    if (std::max(left, right) == kConditional) return GrowByConditional();
    if (left > right || (left == right && left != kAssignment)) {
      Add(Left());
      if (left == kAssignment && first_ >= 2) {  // a declaration's name, what a struct copy reads
        Add(At(StartOfPrimary(first_ - 2)));
        Add(At(first_));
      }
      --first_;
      SkipLeft(left);
      return true;
    }
    Add(Right());
    ++last_;
    if (right == kAssignment) Add(Right());
    SkipRight(right == kAssignment ? right : right + 1);
    return true;
  }

  bool Grow() {
    if (++steps_ > kMaxSteps) return false;
    if (GrowByPrefix() || GrowByOperator()) return true;
    const Token& left = Left();
    if (left.kind == Kind::kName) {
      if (left.text == "return" || left.text == "throw" || left.text == "new" ||
          left.text == "delete")
        Add(left);
      if (left.text != "sizeof" && left.text != "new" && left.text != "delete") return false;
      --first_;
      return true;
    }
    // An argument, an index, or something in parentheses.
    int64_t open = int64_t{first_} - 1;
    while (open >= 0 && !IsOpening(At(open))) {
      const Token& token = At(open);
      if (token.kind == Kind::kOperator && (token.text == ";" || token.text == "}")) {
        if (token.partner == SourceTokens::kNone) return false;
      }
      open = token.partner != SourceTokens::kNone ? int64_t{token.partner} - 1 : open - 1;
    }
    if (open < 0 || At(open).partner == SourceTokens::kNone) return false;
    first_ = static_cast<uint32_t>(open);
    last_ = At(open).partner;
    return TakeOwnerOfBrackets();
  }

  static bool IsOpening(const Token& token) {
    return token.kind == Kind::kOperator &&
           (token.text == "(" || token.text == "[" || token.text == "{");
  }

  static constexpr int kMaxSteps = 200;
  static constexpr int64_t kMaxTemplateTokens = 32;
  const std::vector<Token>& tokens_;
  uint32_t first_, last_;
  int steps_ = 0;
  std::vector<CodePosition> positions_;
};

}  // namespace

std::vector<CodePosition> EnclosingPositions(const SourceTokens& source, uint32_t line,
                                             uint32_t col_start, uint32_t col_end) {
  const auto range = source.Find(line, col_start, col_end);
  if (!range.has_value()) return {};
  return Enclosing(source.tokens(), range->first, range->second).Positions();
}

}  // namespace flowmon
