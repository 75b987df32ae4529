// UTF-8 for what SARIF needs: escapes, columns that count characters, text that goes into JSON.

#ifndef FLOWMON_FLOWDB_SARIF_UTF8_H_
#define FLOWMON_FLOWDB_SARIF_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowmon {

inline constexpr uint32_t kReplacementCharacter = 0xFFFD;

// What is no character (halves of surrogate pairs, too large) is appended as U+FFFD.
void AppendUtf8(uint32_t code_point, std::string& text);

bool IsAscii(std::string_view text);

// Bytes of the character that `text` begins with, from 1 to 4: 1 if it is not well-formed. Requires
// text that is not empty.
size_t Utf8CharacterSize(std::string_view text);

// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string JsonString(std::string_view text);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_UTF8_H_
