#include "tools/doctor/check_surroundings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "test/support/files.h"

namespace flowmon::doctor {
namespace {

using testing::HasSubstr;

TEST(CheckPlugin, NamesWhatIsNoLibrary) {
  const test::TempDir dir;
  test::WriteFile(dir / "text", "no library");
  const struct {
    std::string path, problem;
  } cases[] = {{dir.path(), "it is a directory"},
               {dir / "no.so", "which is not there"},
               {dir / "text", "cannot be loaded"}};
  for (const auto& [path, problem] : cases) {
    SCOPED_TRACE(path);
    setenv("AFL_CUSTOM_MUTATOR_LIBRARY", path.c_str(), 1);
    Checks checks;
    CheckPlugin(checks);
    unsetenv("AFL_CUSTOM_MUTATOR_LIBRARY");
    ASSERT_FALSE(checks.empty());
    EXPECT_EQ(checks[0].level, Level::kProblem);
    EXPECT_THAT(checks[0].what, HasSubstr(problem));
  }
}

}  // namespace
}  // namespace flowmon::doctor
