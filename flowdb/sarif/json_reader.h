// Reads JSON piece by piece, in constant memory: the caller asks for what it knows and everything
// else is skipped. Tells the byte offset of what it reads, which a copy that inserts text needs.
//
// Used by the SARIF reader and by annotate.h. Knows nothing of SARIF.
//
// A value is taken by one of Take...() and ForEach...(); one that the caller of ForEach...() leaves
// alone is skipped. Skipped containers are checked for their brackets and strings only, whatever
// their depth. The first error of syntax ends the reading: everything returns false from then on.
// A value of another type than is asked for is skipped and is no error: see TakeTypeProblem().

#ifndef FLOWMON_FLOWDB_SARIF_JSON_READER_H_
#define FLOWMON_FLOWDB_SARIF_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowmon {

inline constexpr size_t kMaxJsonStringBytes = 16 << 20;

struct JsonProblem {
  uint64_t offset;  // in bytes from the beginning of the file
  std::string message;
};

class JsonReader {
 public:
  // Starts at a byte offset of a regular file. `fd` stays the caller's; its position is not used.
  explicit JsonReader(int fd, uint64_t offset = 0);
  // `text` must outlive the reader.
  explicit JsonReader(std::string_view text, uint64_t offset = 0);
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // Is given all bytes as they are read, in order; set before the first of them.
  void set_on_read(std::function<void(std::string_view)> on_read) { on_read_ = std::move(on_read); }

  // The first character of the next value, 0 at the end or after an error: '{', '[', '"', ...
  char PeekValue();

  // Calls visit(key) for each member of an object. `key` is valid until something is taken.
  template <typename Visit>
  void ForEachMember(Visit visit) {
    if (!Enter('{')) return;
    while (NextMember()) {
      visit(std::string_view(key_));
      FinishValue();
    }
  }
  // Calls visit(index) for each element of an array, from 0.
  template <typename Visit>
  void ForEachElement(Visit visit) {
    if (!Enter('[')) return;
    for (uint64_t index = 0; NextElement(); ++index) {
      visit(index);
      FinishValue();
    }
  }
  // On false the value is left alone: null, or of another type.
  bool TakeString(std::string& value);
  bool TakeInteger(int64_t& value);
  void SkipValue();
  // Skips the value that the caller of a visitor would skip; offset() is its end then.
  void FinishValue() {
    if (pending_) SkipValue();
  }
  // The next character that is no blank, not taken; 0 at the end. offset() is its place then.
  char PeekToken();
  // Nothing but blanks may follow; reads to the end of the file.
  bool TakeEnd();

  // Behind what was taken last.
  uint64_t offset() const { return end_offset_ - static_cast<uint64_t>(end_ - next_); }
  bool ok() const { return !error_.has_value(); }
  // Only if !ok().
  const JsonProblem& error() const { return *error_; }
  // Ends the reading, for what only the caller knows to be wrong.
  void Fail(std::string message) { Fail({.offset = offset(), .message = std::move(message)}); }
  void Fail(JsonProblem problem);
  // The first value of a wrong type since the last call.
  std::optional<JsonProblem> TakeTypeProblem();

 private:
  bool Enter(char bracket);
  bool NextMember();
  bool NextElement();
  // Takes the comma, or the closing bracket; false after the latter.
  bool NextItem(char closing);
  bool Fill();
  bool Expect(char token);
  bool ReadString(std::string& value);
  bool ReadEscape(std::string& value);
  bool ReadHex(uint32_t& code);
  void SkipString();
  void SkipContainer();
  void FailUnexpected(std::string_view wanted);
  void NoteType(std::string_view wanted);

  const int fd_;
  std::vector<char> buffer_;  // empty for a text
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  uint64_t end_offset_ = 0;
  bool at_first_ = false;  // no item of the innermost container was taken
  bool pending_ = false;   // a value is to be taken
  std::string key_;
  std::string number_;
  std::optional<JsonProblem> error_;
  std::optional<JsonProblem> type_problem_;
  std::function<void(std::string_view)> on_read_;
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_JSON_READER_H_
