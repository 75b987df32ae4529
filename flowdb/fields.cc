#include "flowdb/fields.h"

#include <charconv>
#include <system_error>

namespace flowmon {
namespace {

constexpr std::string_view kBlanks = " \t";
// What would end or spoil a line, and can only be written as an escape in $"...".
constexpr std::string_view kEscaped("\n\r\0", 3);

bool HasOuterBlanks(std::string_view value) { return TrimBlanks(value).size() != value.size(); }

bool NeedsEscapes(std::string_view value) {
  return value.find_first_of(kEscaped) != std::string_view::npos;
}

// The second half of the escape for `c`, if it has one.
std::optional<char> EscapeCode(char c) {
  switch (c) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\0':
      return '0';
    case '\\':
      return '\\';
    default:
      return std::nullopt;
  }
}

std::string Quote(std::string_view value) {
  const bool escapes = NeedsEscapes(value);
  std::string quoted = escapes ? "$\"" : "\"";
  for (char c : value) {
    const std::optional<char> code = escapes ? EscapeCode(c) : std::nullopt;
    if (c == '"') quoted += '"';
    if (code) quoted += '\\';
    quoted += code.value_or(c);
  }
  quoted += '"';
  return quoted;
}

// The character that `\` followed by `code` stands for.
std::optional<char> EscapedCharacter(char code) {
  switch (code) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case '0':
      return '\0';
    case '\\':
      return '\\';
    default:
      return std::nullopt;
  }
}

// Position of the closing quote of text[open], npos if there is none.
size_t FindClosingQuote(std::string_view text, size_t open) {
  size_t quote = text.find('"', open + 1);
  while (quote != std::string_view::npos && text.substr(quote + 1, 1) == "\"") {
    quote = text.find('"', quote + 2);
  }
  return quote;
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool ParseU32(std::string_view text, uint32_t& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

std::string_view BadNumberReason(std::string_view text) {
  if (text.empty()) return "is empty";
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos) return "is larger than 4294967295";
  if (digits > 0) return "has other text behind the number";
  if (text.front() == '-') return "is negative";
  return "is not a number";
}

bool TakeField(std::optional<std::string_view>& rest, std::string_view& field) {
  const std::string_view text = *rest;
  size_t search_from = 0;
  const size_t first = text.find_first_not_of(kBlanks);
  if (first != std::string_view::npos && IsQuoted(text.substr(first))) {
    search_from = FindClosingQuote(text, first + (text[first] == '$' ? 1 : 0));
    if (search_from == std::string_view::npos) return false;
  }
  const size_t comma = text.find(',', search_from);
  field = TrimBlanks(text.substr(0, comma));
  if (comma == std::string_view::npos) {
    rest.reset();
  } else {
    rest = text.substr(comma + 1);
  }
  return true;
}

bool IsQuoted(std::string_view field) {
  return field.starts_with("\"") || field.starts_with("$\"");
}

std::string_view Unquote(std::string_view field, std::string& value) {
  const bool escapes = field.front() == '$';
  const size_t open = escapes ? 1 : 0;
  const size_t close = FindClosingQuote(field, open);
  if (close == std::string_view::npos) return "unterminated quote";
  if (close + 1 != field.size()) {
    return "text behind a closing quote (inside quotes a quote is written \"\")";
  }
  value.clear();
  for (size_t i = open + 1; i < close; ++i) {
    if (field[i] == '"') ++i;
    if (escapes && field[i] == '\\') {
      const std::optional<char> character = EscapedCharacter(field[++i]);
      if (!character) return "unknown escape (known are \\n, \\r, \\0 and \\\\)";
      value.push_back(*character);
    } else {
      value.push_back(field[i]);
    }
  }
  return {};
}

std::string QuoteField(std::string_view value) {
  const bool plain = !value.empty() && value.front() != '#' && !HasOuterBlanks(value) &&
                     value.find_first_of(",\"") == std::string_view::npos && !NeedsEscapes(value);
  return plain ? std::string(value) : Quote(value);
}

std::string QuoteRestOfLine(std::string_view value) {
  const bool plain = !IsQuoted(value) && !HasOuterBlanks(value) && !NeedsEscapes(value);
  return plain ? std::string(value) : Quote(value);
}

std::string PrintableText(std::string_view text, size_t max_bytes) {
  size_t size = text.size();
  if (size > max_bytes) {
    size = max_bytes;
    // Not in the middle of a UTF-8 character.
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  }
  std::string printable(text.substr(0, size));
  for (char& c : printable) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = c == '\t' ? ' ' : '?';
  }
  if (size < text.size()) printable += "...";
  return printable;
}

}  // namespace flowmon
