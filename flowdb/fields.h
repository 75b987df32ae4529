// The lexical rules of a .flowdb line: blanks, numbers and quoting (doc/FLOWDB.md, "Fields").
//
// Used by the reader and the writer, so that both follow one definition, and by the tools for what
// they print. Knows no records. Stateless; every view returned points into the argument.

#ifndef FLOWMON_FLOWDB_FIELDS_H_
#define FLOWMON_FLOWDB_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowmon {

// Without spaces and tabs at both ends.
std::string_view TrimBlanks(std::string_view text);

// Decimal digits and nothing else; leading zeros are fine. On false, `value` is unspecified.
bool ParseU32(std::string_view text, uint32_t& value);
// Why ParseU32() refused `text`, to be put behind it: "is negative", "is empty", ...
std::string_view BadNumberReason(std::string_view text);

// Takes the field up to the next comma outside quotes off the front of `rest`, trimmed and still
// quoted; `rest` has no value once the last field is taken. False: the quote is never closed.
// Requires rest.has_value().
bool TakeField(std::optional<std::string_view>& rest, std::string_view& field);

// Whether a trimmed field has the form "..." or $"...".
bool IsQuoted(std::string_view field);
// Puts the value of a quoted field into `value`. Returns what is wrong with it, empty for nothing;
// `value` is unspecified then.
std::string_view Unquote(std::string_view field, std::string& value);

// `value` as it is written where a comma ends the field, and where the end of the line does. Both
// leave a value alone that needs no quotes.
std::string QuoteField(std::string_view value);
std::string QuoteRestOfLine(std::string_view value);

// For messages: control bytes become '?', and more than `max_bytes` are cut off, with "..." behind.
std::string PrintableText(std::string_view text, size_t max_bytes = std::string_view::npos);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_FIELDS_H_
