#include "tools/doctor/shell.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "test/support/files.h"

namespace flowmon::doctor {
namespace {

TEST(ShellTest, FindInPath) {
  EXPECT_EQ(FindInPath("./anything"), "./anything");
  EXPECT_TRUE(FindInPath("sh").ends_with("/sh"));
  EXPECT_EQ(FindInPath("no-such-program-anywhere"), "");
}

TEST(ShellTest, OutputAndErrorsOfAProgramWithAnyName) {
  const test::TempDir dir;
  const std::string path = dir / "it's a $name";
  test::WriteFile(path, "#!/bin/sh\necho \"$1 $SETTING\"; echo error >&2; cat\n");
  chmod(path.c_str(), 0755);
  EXPECT_EQ(OutputOf("SETTING=value", path, "-h"), "-h value\nerror\n");
}

TEST(ShellTest, LongOutputIsCut) {
  const test::TempDir dir;
  test::WriteFile(dir / "loud", "#!/bin/sh\nhead -c 200000 /dev/zero\n");
  chmod((dir / "loud").c_str(), 0755);
  EXPECT_EQ(OutputOf("", dir / "loud", "").size(), size_t{1} << 16);
}

}  // namespace
}  // namespace flowmon::doctor
