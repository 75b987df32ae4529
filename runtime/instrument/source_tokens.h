// The tokens of a C or C++ source file: what the matcher needs to know of the text around a
// location that has no code of its own. Not preprocessed; directives and comments are left out.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_SOURCE_TOKENS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_SOURCE_TOKENS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowmon {

class SourceTokens {
 public:
  enum class Kind : uint8_t { kName, kNumber, kText, kOperator };
  static constexpr uint32_t kNone = 0xFFFFFFFF;

  struct Token {
    uint32_t line, column;  // from 1, in bytes
    uint32_t size;          // of what lies on `line`
    Kind kind;
    uint32_t partner = kNone;  // of a bracket: the token that closes or opens it
    std::string_view text;     // lives as long as the SourceTokens
    uint32_t end() const { return column + size - 1; }
  };

  // Never fails: what is no C or C++ gives tokens of little use.
  explicit SourceTokens(std::string text);
  SourceTokens(const SourceTokens&) = delete;
  SourceTokens& operator=(const SourceTokens&) = delete;

  // Nothing if the file cannot be read, or is too large to have been written by hand.
  static std::optional<std::string> ReadText(const std::string& path);

  const std::vector<Token>& tokens() const { return tokens_; }
  // Indexes of the first and the last token that the columns touch; nothing if they touch none.
  std::optional<std::pair<uint32_t, uint32_t>> Find(uint32_t line, uint32_t col_start,
                                                    uint32_t col_end) const;
  // Whether the columns are those of one token.
  bool IsToken(uint32_t line, uint32_t col_start, uint32_t col_end) const;
  // Whether the columns begin and end with tokens, and these can be an expression.
  bool IsExpression(uint32_t line, uint32_t col_start, uint32_t col_end) const;
  // Whether the token that ends there is followed by an opening parenthesis.
  bool IsCallee(uint32_t line, uint32_t col_end) const;
  // The `=`, `+=`, `++` that assigns to what is at these columns; nullptr if there is none.
  const Token* AssignmentTo(uint32_t line, uint32_t col_start, uint32_t col_end) const;

 private:
  void Tokenize();
  void MatchBrackets();

  std::string text_;
  std::vector<Token> tokens_;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_SOURCE_TOKENS_H_
