// Files and directories of tests. Failures end the test program: a test without its files is no
// test.

#ifndef FLOWMON_TEST_SUPPORT_FILES_H_
#define FLOWMON_TEST_SUPPORT_FILES_H_

#include <string>
#include <string_view>
#include <vector>

namespace flowmon::test {

// A new directory, removed with all its contents in the end.
class TempDir {
 public:
  TempDir();
  // In shared memory instead of TMPDIR.
  static TempDir InSharedMemory() { return TempDir("/dev/shm"); }
  ~TempDir();
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const;

 private:
  explicit TempDir(const std::string& parent);
  std::string path_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::string_view content);
// Sorted; empty if there is no such directory.
std::vector<std::string> ListNames(const std::string& path);
std::vector<std::string> ReadLines(const std::string& path);

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_SUPPORT_FILES_H_
