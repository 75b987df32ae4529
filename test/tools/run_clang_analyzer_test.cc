#include "tools/run_clang_analyzer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(NewestClang, IsTheHighestVersionInPath) {
  const test::TempDir one, two;
  for (const std::string& name : {one / "clang-9", one / "clang-19", two / "clang-14",
                                  two / "clang-99x", two / "clang", two / "clang-tidy-20"}) {
    test::WriteFile(name, "");
    chmod(name.c_str(), 0700);
  }
  test::WriteFile(two / "clang-30", "");  // not executable
  chmod((two / "clang-30").c_str(), 0600);
  const std::string path = std::getenv("PATH");
  const auto newest = [](const std::string& folders) {
    setenv("PATH", folders.c_str(), 1);
    return NewestClang();
  };
  EXPECT_EQ(newest("/nowhere:" + one.path() + ":" + two.path()), "clang-19");
  EXPECT_EQ(newest(two.path()), "clang-14");
  EXPECT_EQ(newest("/nowhere"), "");
  setenv("PATH", path.c_str(), 1);
}

TEST(ClangAnalyzerCommand, HasTheCheckersOfTheVersion) {
  const auto old = ClangAnalyzerCommand("clang-14", {"-Ix"});
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_THAT(*old, Contains("-analyzer-checker=alpha.security.taint,alpha.security.ArrayBoundV2"));
  EXPECT_EQ(old->back(), "-Ix");
  const auto newer = ClangAnalyzerCommand("clang-19", {});
  ASSERT_TRUE(newer.ok()) << newer.status();
  EXPECT_THAT(*newer, Contains("-analyzer-checker=alpha.security.taint,optin.taint,alpha.security."
                               "ArrayBoundV2"));
}

TEST(ClangAnalyzerCommand, RefusesWhatIsNoClang) {
  EXPECT_THAT(std::string(ClangAnalyzerCommand("no-clang", {}).status().message()),
              HasSubstr("cannot run no-clang"));
  EXPECT_THAT(std::string(ClangAnalyzerCommand("true", {}).status().message()),
              HasSubstr("has no taint checker"));
}

TEST(RunCommand, TellsHowItEnded) {
  std::string output;
  EXPECT_EQ(RunCommand({"sh", "-c", "echo text; exit 3"}, &output), 3);
  EXPECT_EQ(output, "text\n");
  EXPECT_EQ(RunCommand({"sh", "-c", "kill -9 $$"}), 137);
  EXPECT_EQ(RunCommand({"/no/program"}), 127);
}

}  // namespace
}  // namespace flowmon
