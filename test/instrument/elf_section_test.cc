#include "runtime/instrument/elf_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using ::testing::HasSubstr;

class ElfSectionTest : public ::testing::Test {
 protected:
  ElfSectionTest() {
    test::WriteFile(
        dir_ / "a.c",
        "__attribute__((section(\"some_notes\"), used)) const char notes[] = \"hello\";\n");
    const test::Ended ended = test::RunProgram(
        {.argv = {"clang-14", "-c", "a.c", "-o", "a.o"}, .directory = dir_.path()});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
  }
  test::TempDir dir_;
};

TEST_F(ElfSectionTest, ReadsASection) {
  EXPECT_EQ(*ReadElfSection(dir_ / "a.o", "some_notes"), std::string("hello\0", 6));
}

TEST_F(ElfSectionTest, MissingSectionIsEmpty) {
  EXPECT_EQ(*ReadElfSection(dir_ / "a.o", "other_notes"), "");
}

TEST_F(ElfSectionTest, MissingFile) {
  const auto section = ReadElfSection(dir_ / "b.o", "some_notes");
  EXPECT_EQ(section.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(section.status().message()), HasSubstr("b.o: No such file"));
}

TEST_F(ElfSectionTest, OtherFormats) {
  for (const char* name : {"a.c", "empty"}) {
    if (std::string_view(name) == "empty") test::WriteFile(dir_ / name, "");
    const auto section = ReadElfSection(dir_ / name, "some_notes");
    EXPECT_EQ(section.status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST_F(ElfSectionTest, CutFileIsDamaged) {
  const std::string whole = test::ReadFile(dir_ / "a.o");
  test::WriteFile(dir_ / "cut.o", whole.substr(0, whole.size() / 2));
  const auto section = ReadElfSection(dir_ / "cut.o", "some_notes");
  EXPECT_EQ(section.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(section.status().message()), HasSubstr("cut.o: damaged ELF file"));
}

}  // namespace
}  // namespace flowmon
