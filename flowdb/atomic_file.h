// A file that is whole or not there: written beside its name, and renamed in the end.
//
// Used for flow databases and what the tools write.

#ifndef FLOWMON_FLOWDB_ATOMIC_FILE_H_
#define FLOWMON_FLOWDB_ATOMIC_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace flowmon {

// Until Commit() succeeded, what was at the path stays as it was. Mode 0644 less the umask; not
// synced to disk.
class AtomicFile {
 public:
  // Through a symbolic link the file it points to is replaced. Refuses a path that is there and not
  // a regular file. Messages call the file `what` and its path: "flow database x.flowdb".
  static absl::StatusOr<AtomicFile> Create(const std::string& path, std::string_view what);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  absl::Status Write(std::string_view text);
  // The last call.
  absl::Status Commit();

 private:
  AtomicFile(int fd, std::string temp_name, std::string target, std::string description);

  int fd_;
  std::string temp_name_;  // empty: nothing is left to remove
  std::string target_;
  std::string description_;
};

// All of it at once.
absl::Status ReplaceFile(const std::string& path, std::string_view what, std::string_view text);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_ATOMIC_FILE_H_
