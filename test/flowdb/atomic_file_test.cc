#include "flowdb/atomic_file.h"

#include <filesystem>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AtomicFileTest : public testing::Test {
 protected:
  test::TempDir dir_;
  const std::string path_ = dir_ / "x";
};

TEST_F(AtomicFileTest, IsThereAfterCommit) {
  test::WriteFile(path_, "old");
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(path_, "log");
  ASSERT_TRUE(file.ok()) << file.status();
  AtomicFile moved = *std::move(file);
  ASSERT_TRUE(moved.Write("new ").ok());
  ASSERT_TRUE(moved.Write("text").ok());
  EXPECT_EQ(test::ReadFile(path_), "old");
  ASSERT_TRUE(moved.Commit().ok());
  EXPECT_EQ(test::ReadFile(path_), "new text");
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre("x"));
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  {
    absl::StatusOr<AtomicFile> file = AtomicFile::Create(path_, "log");
    ASSERT_TRUE(file.ok() && file->Write("new").ok());
  }
  EXPECT_THAT(test::ListNames(dir_.path()), ElementsAre());
}

TEST_F(AtomicFileTest, GoesThroughASymbolicLink) {
  test::WriteFile(path_, "old");
  std::filesystem::create_symlink(path_, dir_ / "link");
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(dir_ / "link", "log");
  ASSERT_TRUE(file.ok() && file->Write("new").ok() && file->Commit().ok());
  EXPECT_EQ(test::ReadFile(path_), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(dir_ / "link"));
}

TEST_F(AtomicFileTest, NamesWhatItCannotWrite) {
  EXPECT_THAT(std::string(AtomicFile::Create(dir_.path(), "log").status().message()),
              HasSubstr("cannot write log " + dir_.path() + ": it is there and not a regular"));
  EXPECT_THAT(std::string(AtomicFile::Create(dir_ / "no/x", "log").status().message()),
              HasSubstr("No such file or directory; check the folder"));
}

}  // namespace
}  // namespace flowmon
