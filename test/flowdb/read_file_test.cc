#include "flowdb/read_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMaxBytes = 200'000;

TEST(ReadRegularFile, HasAllBytes) {
  const test::TempDir dir;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{65536}, size_t{kMaxBytes}}) {
    const std::string bytes(size, '\0');
    test::WriteFile(dir / "x", bytes);
    const auto read = ReadRegularFile(dir / "x", kMaxBytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, bytes);
  }
  std::filesystem::create_symlink(dir / "x", dir / "link");
  EXPECT_EQ(ReadRegularFile(dir / "link", kMaxBytes)->size(), kMaxBytes);
  EXPECT_THAT(*ReadRegularFile("/proc/self/status", kMaxBytes), HasSubstr("Name:"))
      << "says that it has 0 bytes";
}

TEST(ReadRegularFile, NamesWhatItDoesNotRead) {
  const test::TempDir dir;
  test::WriteFile(dir / "large", std::string(kMaxBytes + 1, 'x'));
  test::WriteFile(dir / "sparse", "");
  std::filesystem::resize_file(dir / "sparse", uint64_t{1} << 40);
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  const struct {
    std::string path, why;
  } cases[] = {{dir.path(), "it is a directory"},
               {dir / "no", "No such file or directory"},
               {dir / "large", "it has more than 200000 bytes"},
               {dir / "sparse", "it has more than 200000 bytes"},
               {dir / "fifo", "it is not a regular file"},
               {"/dev/zero", "it is not a regular file"}};
  for (const auto& [path, why] : cases)
    EXPECT_EQ(std::string(ReadRegularFile(path, kMaxBytes).status().message()),
              "cannot read " + path + ": " + why);
  // A regular file that fails while it is read.
  EXPECT_FALSE(ReadRegularFile("/proc/self/mem", kMaxBytes).ok());
}

}  // namespace
}  // namespace flowmon
