#include "runtime/instrument/enclosing_code.h"

#include <algorithm>
#include <utility>

#include "runtime/instrument/expression_tokens.h"

namespace flowmon {
namespace {

using Token = SourceTokens::Token;
using Kind = SourceTokens::Kind;

class Enclosing {
 public:
  Enclosing(const std::vector<Token>& tokens, uint32_t first, uint32_t last)
      : tokens_(tokens), first_(first), last_(last) {}

  std::vector<CodePosition> Positions() {
    if (IsOpening(tokens_.At(first_)) && tokens_.At(first_).partner == last_ &&
        !TakeOwnerOfBrackets()) {
      return std::move(positions_);
    }
    while (Grow()) {
    }
    return std::move(positions_);
  }

 private:
  const Token& Left() const { return tokens_.At(int64_t{first_} - 1); }
  const Token& Right() const { return tokens_.At(int64_t{last_} + 1); }

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
    Add(tokens_.At(first_), true);
    Add(tokens_.At(callee), true);
    Add(tokens_.At(first_));
    Add(tokens_.At(callee));
  }

  // `first_` is an opening bracket, `last_` its partner: what stands in front of it.
  bool TakeOwnerOfBrackets() {
    const Token& owner = Left();
    if (IsOperator(tokens_.At(first_), "{")) {
      return IsOperator(owner, "=") || IsOperator(owner, ",") || IsOperator(owner, "{") ||
             IsOperator(owner, "(") || owner.text == "return";
    }
    if (owner.kind == Kind::kName && IsKeyword(owner.text)) {
      if (owner.text == "return" || owner.text == "sizeof") return true;
      Add(owner);
      return false;
    }
    const uint32_t callee = first_ > 0 ? tokens_.StartOfTemplateName(first_ - 1) : 0;
    if (!EndsOperand(tokens_.At(callee)) || first_ == 0) return true;
    if (IsOperator(owner, ")") && tokens_.IsCast(int64_t{first_} - 1)) return true;
    first_ = tokens_.StartOfPrimary(callee);
    AddCall(callee);
    return true;
  }

  bool GrowByPostfix() {
    const Token& right = Right();
    if (right.kind != Kind::kOperator || !EndsOperand(tokens_.At(last_))) return false;
    if ((right.text == "[" || right.text == "(") && right.partner != SourceTokens::kNone) {
      AddCall(last_);
      last_ = right.partner;
      return true;
    }
    if (right.text == "." || right.text == "->" || right.text == "::") {
      last_ += 2;
      Add(tokens_.At(last_));
      Add(tokens_.At(first_));
      return tokens_.At(last_).line != 0;
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
      Add(tokens_.At(first_));
      first_ = first_ >= 2 ? tokens_.StartOfPrimary(first_ - 2) : 0;
      Add(tokens_.At(first_));
      return true;
    }
    if (GrowByPostfix()) return true;
    if (tokens_.IsUnary(int64_t{first_} - 1)) {
      --first_;
      Add(tokens_.At(first_));
      return true;
    }
    if (IsOperator(left, ")") && tokens_.IsCast(int64_t{first_} - 1)) {
      first_ = left.partner;
      Add(tokens_.At(first_));
      return true;
    }
    return false;
  }

  bool BindsAtLeast(int64_t i, int precedence) const {
    const Token& token = tokens_.At(i);
    return tokens_.IsUnary(i) || token.text == "." || token.text == "->" || token.text == "::" ||
           token.text == "++" || token.text == "--" || BinaryPrecedence(token) >= precedence;
  }

  // Over operands and operators that bind at least as tightly as `precedence`.
  void SkipLeft(int precedence) {
    for (int64_t i = int64_t{first_} - 1; i >= 0; --i) {
      const Token& token = tokens_.At(i);
      if (IsKeyword(token.text) && token.text != "sizeof") return;
      if (IsOperator(token, "}")) return;
      if (token.kind == Kind::kOperator) {
        if (token.partner != SourceTokens::kNone && int64_t{token.partner} < i) {
          i = token.partner;
        } else if (!BindsAtLeast(i, precedence)) {
          return;
        }
      }
      first_ = static_cast<uint32_t>(i);
    }
  }

  void SkipRight(int precedence) {
    for (int64_t i = int64_t{last_} + 1; i < tokens_.size(); ++i) {
      const Token& token = tokens_.At(i);
      if (token.kind == Kind::kOperator) {
        if (token.partner != SourceTokens::kNone && int64_t{token.partner} > i) {
          i = token.partner;
        } else if (!BindsAtLeast(i, precedence)) {
          return;
        }
      }
      last_ = static_cast<uint32_t>(i);
    }
  }

  int PrecedenceOfLeft() const {
    const int64_t i = int64_t{first_} - 1;
    if (tokens_.IsUnary(i) || (IsOperator(tokens_.At(i), ":") && tokens_.QuestionOf(i) < 0))
      return 0;
    return BinaryPrecedence(tokens_.At(i));
  }

  // A conditional expression has its code where it starts.
  bool GrowByConditional() {
    const int64_t question = IsOperator(Left(), ":") ? tokens_.QuestionOf(int64_t{first_} - 1) : -1;
    if (question >= 0) {
      first_ = static_cast<uint32_t>(question);
    } else if (IsOperator(Left(), "?")) {
      --first_;
    } else if (!IsOperator(Right(), "?")) {
      return false;
    }
    SkipLeft(kConditional + 1);
    SkipRight(kConditional);
    Add(tokens_.At(first_));
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
        Add(tokens_.At(tokens_.StartOfPrimary(first_ - 2)));
        Add(tokens_.At(first_));
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
    while (open >= 0 && !IsOpening(tokens_.At(open))) {
      const Token& token = tokens_.At(open);
      if (token.kind == Kind::kOperator && (token.text == ";" || token.text == "}")) {
        if (token.partner == SourceTokens::kNone) return false;
      }
      open = token.partner != SourceTokens::kNone ? int64_t{token.partner} - 1 : open - 1;
    }
    if (open < 0 || tokens_.At(open).partner == SourceTokens::kNone) return false;
    first_ = static_cast<uint32_t>(open);
    last_ = tokens_.At(open).partner;
    return TakeOwnerOfBrackets();
  }

  static constexpr int kMaxSteps = 200;
  const ExpressionTokens tokens_;
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
