// What the tokens around an expression are in it: operators by their precedence, calls, casts, the
// start of an operand. Heuristic, as a name may be a type, a macro or a variable.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_EXPRESSION_TOKENS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_EXPRESSION_TOKENS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/instrument/source_tokens.h"

namespace flowmon {

// Of binary operators, from what binds loosest; 0: none. `?` and `:` count as operators.
inline constexpr int kAssignment = 1;
inline constexpr int kConditional = 2;
int BinaryPrecedence(const SourceTokens::Token& token);

bool IsKeyword(std::string_view text);
bool IsOperator(const SourceTokens::Token& token, std::string_view text);
bool IsOpening(const SourceTokens::Token& token);    // ( [ {
bool EndsOperand(const SourceTokens::Token& token);  // a name, a number, ) or ]

// A view: `tokens` must outlive it. Any index may be asked for.
class ExpressionTokens {
 public:
  explicit ExpressionTokens(const std::vector<SourceTokens::Token>& tokens) : tokens_(tokens) {}

  int64_t size() const { return static_cast<int64_t>(tokens_.size()); }
  // Out of range: a semicolon of line 0.
  const SourceTokens::Token& At(int64_t i) const;

  bool IsUnary(int64_t i) const;  // a prefix operator
  // Whether the parenthesis that closes at `i` holds a type: nothing stands before it that could be
  // called, and only names and stars are in it.
  bool IsCast(int64_t i) const;
  // Of `name<arguments>`, which ends at token `last`, the name; `last` if that is something else.
  uint32_t StartOfTemplateName(uint32_t last) const;
  // The start of the postfix expression that ends with token `last`: `a->b[i](c)`.
  uint32_t StartOfPrimary(uint32_t last) const;
  // The `?` that belongs to the colon at `i`; -1 for the colon of a label.
  int64_t QuestionOf(int64_t i) const;

 private:
  const std::vector<SourceTokens::Token>& tokens_;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_EXPRESSION_TOKENS_H_
