#include "flowdb/sarif/json_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "flowdb/fields.h"
#include "flowdb/sarif/utf8.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kBufferBytes = 256 << 10;
constexpr size_t kMaxNumberBytes = 64;
constexpr size_t kShownKeyBytes = 40;

// What ends a run of characters that say nothing about a container's end.
constexpr auto kStructural = [] {
  std::array<bool, 256> table{};
  for (const char c : {'"', '{', '}', '[', ']'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsNumberPart(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

std::string_view TypeName(char first) {
  switch (first) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return "a string";
    case 't':
    case 'f':
      return "a boolean";
    default:
      return "a number";
  }
}

}  // namespace

JsonReader::JsonReader(int fd, uint64_t offset)
    : fd_(fd), buffer_(kBufferBytes), end_offset_(offset) {}

JsonReader::JsonReader(std::string_view text, uint64_t offset)
    : fd_(-1),
      next_(text.data() + std::min<uint64_t>(offset, text.size())),
      end_(text.data() + text.size()),
      end_offset_(text.size()) {}

bool JsonReader::Fill() {
  if (fd_ < 0 || !ok()) return false;
  ssize_t got;
  do {
    got = pread(fd_, buffer_.data(), buffer_.size(), static_cast<off_t>(end_offset_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) Fail(StrCat("cannot be read: ", std::generic_category().message(errno)));
  if (got <= 0) return false;
  next_ = buffer_.data();
  end_ = next_ + got;
  end_offset_ += static_cast<uint64_t>(got);
  if (on_read_) on_read_({buffer_.data(), static_cast<size_t>(got)});
  return true;
}

void JsonReader::Fail(JsonProblem problem) {
  if (!error_) error_ = std::move(problem);
  next_ = end_;
  pending_ = false;
}

void JsonReader::FailUnexpected(std::string_view wanted) {
  if (PeekToken() == 0 && next_ == end_) {
    Fail(StrCat("the file ends where ", wanted, " is expected: it was cut off"));
  } else if (ok()) {
    Fail(StrCat("'", PrintableText({next_, 1}), "' where ", wanted, " is expected"));
  }
}

char JsonReader::PeekToken() {
  for (;;) {
    while (next_ != end_ && IsBlank(*next_)) ++next_;
    if (next_ != end_) return *next_;
    if (!Fill()) return 0;
  }
}

bool JsonReader::Expect(char token) {
  if (PeekToken() == token && next_ != end_) {
    ++next_;
    return true;
  }
  FailUnexpected(StrCat("'", std::string_view(&token, 1), "'"));
  return false;
}

char JsonReader::PeekValue() {
  const char first = PeekToken();
  if (first == '{' || first == '[' || first == '"' || first == '-' || first == 't' ||
      first == 'f' || first == 'n' || (first >= '0' && first <= '9')) {
    return first;
  }
  FailUnexpected("a value");
  return 0;
}

void JsonReader::NoteType(std::string_view wanted) {
  const char first = PeekValue();
  if (!ok() || first == 'n' || type_problem_) return;
  type_problem_ = {.offset = offset(),
                   .message = StrCat("\"", PrintableText(key_, kShownKeyBytes), "\" has ",
                                     TypeName(first), " where ", wanted, " is needed")};
}

std::optional<JsonProblem> JsonReader::TakeTypeProblem() {
  return std::exchange(type_problem_, std::nullopt);
}

bool JsonReader::Enter(char bracket) {
  if (PeekValue() != bracket) {
    NoteType(TypeName(bracket));
    SkipValue();
    return false;
  }
  ++next_;
  at_first_ = true;
  pending_ = false;
  return true;
}

bool JsonReader::NextItem(char closing) {
  if (!ok()) return false;
  const bool was_first = std::exchange(at_first_, false);
  const char token = PeekToken();
  if (token == closing) {
    ++next_;
    return false;
  }
  return was_first || Expect(',');
}

bool JsonReader::NextMember() {
  if (!NextItem('}') || !Expect('"') || !ReadString(key_) || !Expect(':')) return false;
  pending_ = true;
  return true;
}

bool JsonReader::NextElement() {
  if (!NextItem(']')) return false;
  pending_ = true;
  return true;
}

bool JsonReader::TakeString(std::string& value) {
  if (PeekValue() != '"') {
    NoteType("a string");
    return false;
  }
  ++next_;
  pending_ = false;
  return ReadString(value);
}

bool JsonReader::TakeInteger(int64_t& value) {
  const char first = PeekValue();
  if (first != '-' && (first < '0' || first > '9')) {
    NoteType("a number");
    return false;
  }
  number_.clear();
  pending_ = false;
  while ((next_ != end_ || Fill()) && IsNumberPart(*next_)) {
    if (number_.size() < kMaxNumberBytes) number_ += *next_;
    ++next_;
  }
  const char* const end = number_.data() + number_.size();
  const auto [stop, error] = std::from_chars(number_.data(), end, value);
  if (error == std::errc() && stop == end) return true;
  // 1.0 and 1e3 are integers, too.
  char* float_end = nullptr;
  const double number = std::strtod(number_.c_str(), &float_end);
  if (float_end == end && std::abs(number) < 1e15 && std::trunc(number) == number) {
    value = static_cast<int64_t>(number);
    return true;
  }
  if (!type_problem_) {
    type_problem_ = {.offset = offset(),
                     .message = StrCat("\"", PrintableText(key_, kShownKeyBytes), "\" has ",
                                       number_, " where an integer is needed")};
  }
  return false;
}

bool JsonReader::ReadString(std::string& value) {
  value.clear();
  for (;;) {
    if (next_ == end_ && !Fill()) {
      FailUnexpected("the end of a string");
      return false;
    }
    const auto* quote =
        static_cast<const char*>(std::memchr(next_, '"', static_cast<size_t>(end_ - next_)));
    const char* stop = quote == nullptr ? end_ : quote;
    const auto* escape =
        static_cast<const char*>(std::memchr(next_, '\\', static_cast<size_t>(stop - next_)));
    if (escape != nullptr) stop = escape;
    value.append(next_, stop);
    next_ = stop;
    if (value.size() > kMaxJsonStringBytes) {
      Fail(StrCat("a string is longer than ", kMaxJsonStringBytes, " bytes"));
      return false;
    }
    if (escape != nullptr) {
      ++next_;
      if (!ReadEscape(value)) return false;
    } else if (quote != nullptr) {
      ++next_;
      return true;
    }
  }
}

bool JsonReader::ReadHex(uint32_t& code) {
  code = 0;
  for (int i = 0; i < 4; ++i) {
    if (next_ == end_ && !Fill()) break;
    uint32_t digit = 0;
    if (std::from_chars(next_, next_ + 1, digit, 16).ec != std::errc()) break;
    code = code * 16 + digit;
    ++next_;
    if (i == 3) return true;
  }
  FailUnexpected("a hexadecimal digit of an escape \\uXXXX");
  return false;
}

bool JsonReader::ReadEscape(std::string& value) {
  constexpr std::string_view kCodes = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (next_ == end_ && !Fill()) {
    FailUnexpected("an escape");
    return false;
  }
  if (const size_t known = kCodes.find(*next_); known != std::string_view::npos) {
    value += kMeanings[known];
    ++next_;
    return true;
  }
  if (*next_ != 'u') {
    FailUnexpected("one of the escapes \" \\ / b f n r t u");
    return false;
  }
  ++next_;
  uint32_t code = 0;
  if (!ReadHex(code)) return false;
  // A first half waits for its second; a half without the other is no character.
  while (code >= 0xD800 && code < 0xDC00) {
    if ((next_ == end_ && !Fill()) || *next_ != '\\') break;
    ++next_;
    if ((next_ == end_ && !Fill()) || *next_ != 'u') {
      AppendUtf8(kReplacementCharacter, value);
      return ReadEscape(value);
    }
    ++next_;
    uint32_t low = 0;
    if (!ReadHex(low)) return false;
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else {
      AppendUtf8(kReplacementCharacter, value);
      code = low;
    }
  }
  AppendUtf8(code, value);
  return true;
}

void JsonReader::SkipString() {
  while (next_ != end_ || Fill()) {
    const auto* quote =
        static_cast<const char*>(std::memchr(next_, '"', static_cast<size_t>(end_ - next_)));
    const char* stop = quote == nullptr ? end_ : quote;
    const auto* escape =
        static_cast<const char*>(std::memchr(next_, '\\', static_cast<size_t>(stop - next_)));
    if (escape != nullptr) {
      next_ = escape + 1;
      if (next_ == end_ && !Fill()) break;
      ++next_;
    } else {
      next_ = stop;
      if (quote == nullptr) continue;
      ++next_;
      return;
    }
  }
  FailUnexpected("the end of a string");
}

void JsonReader::SkipContainer() {
  uint64_t depth = 0;
  while (next_ != end_ || Fill()) {
    while (next_ != end_ && !kStructural[static_cast<unsigned char>(*next_)]) ++next_;
    if (next_ == end_) continue;
    const char c = *next_++;
    if (c == '"') {
      SkipString();
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (--depth == 0) {
      return;
    }
  }
  FailUnexpected("the end of an object or array");
}

void JsonReader::SkipValue() {
  const char first = PeekValue();
  pending_ = false;
  if (!ok()) return;
  at_first_ = false;
  if (first == '{' || first == '[') {
    SkipContainer();
  } else if (first == '"') {
    ++next_;
    SkipString();
  } else {
    while ((next_ != end_ || Fill()) && !IsBlank(*next_) && *next_ != ',' && *next_ != '}' &&
           *next_ != ']') {
      ++next_;
    }
  }
}

bool JsonReader::TakeEnd() {
  if (!ok()) return false;
  if (PeekToken() != 0 || next_ != end_) FailUnexpected("the end of the file");
  return ok();
}

}  // namespace flowmon
