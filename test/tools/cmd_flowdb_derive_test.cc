#include "tools/cmd_flowdb_derive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon::test {
namespace {

using ::testing::HasSubstr;

TEST(NewestDeriverTest, TheHighestNumberCounts) {
  const TempDir folder;
  EXPECT_EQ(NewestDeriver(folder.path()), std::nullopt);
  for (const char* name : {"flow-derive-9", "flow-derive-19", "flow-derive-x", "flow-cc"}) {
    WriteFile(folder / name, "");
  }
  EXPECT_EQ(NewestDeriver(folder.path()), folder / "flow-derive-19");
}

TEST(FlowdbDeriveTest, IsFlowDerive) {
  const TempDir folder;
  WriteFile(folder / "a.c",
            "#include <stdlib.h>\nint main(void) { return system(getenv(\"A\")); }\n");
  ASSERT_EQ(RunProgram({.argv = {"clang-14", "-g", "-c", "-emit-llvm", folder / "a.c", "-o",
                                 folder / "a.bc"}})
                .exit_code,
            0);
  const std::string flowmon = FLOWMON_BINARY_DIR "/bin/flowmon";
  const Ended ended = RunProgram(
      {.argv = {flowmon, "flowdb", "derive", folder / "a.bc", "-o", folder / "a.flowdb"}});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.output, HasSubstr("flowmon: 1 flows derived from 1 sources (1 command)"));
  EXPECT_THAT(ReadFile(folder / "a.flowdb"), HasSubstr("METADATA,producer,flow-derive 1\n"));
}

}  // namespace
}  // namespace flowmon::test
