// The file or text that a SARIF log is in, readable from any offset, and errors that name its
// lines.

#ifndef FLOWMON_FLOWDB_SARIF_SARIF_FILE_H_
#define FLOWMON_FLOWDB_SARIF_SARIF_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "flowdb/sarif/json_reader.h"

namespace flowmon {

class SarifFile {
 public:
  // Errors: missing, unreadable, or not a regular file, since it is read more than once.
  static absl::StatusOr<SarifFile> Open(const std::string& path);
  SarifFile(std::string_view text, std::string_view name) : text_(text), name_(name) {}
  SarifFile(SarifFile&& other) noexcept;
  SarifFile& operator=(SarifFile&&) = delete;
  ~SarifFile();

  // Behind a byte order mark, if `offset` is 0. The file must outlive the reader.
  std::unique_ptr<JsonReader> NewReader(uint64_t offset = 0) const;
  // Whether it begins as UTF-16 or UTF-32 does.
  bool IsOtherUnicode() const;
  // "a.sarif:12: <message>". Reads the file again, up to the line.
  std::string Describe(const JsonProblem& problem) const;
  absl::Status Error(const JsonProblem& problem) const;
  // Of up to `size` bytes at an offset; less at the end.
  std::string ReadAt(uint64_t offset, size_t size) const;

  int fd() const { return fd_; }  // -1 for a text
  const std::string& name() const { return name_; }

 private:
  SarifFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  int fd_ = -1;
  std::string_view text_;
  std::string name_;
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_SARIF_FILE_H_
