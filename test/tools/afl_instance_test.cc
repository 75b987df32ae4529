#include "tools/afl_instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "test/support/files.h"

namespace flowmon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AflInstanceTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    const std::string path = dir_ / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    test::WriteFile(path, text);
  }
  AflInstance Only(const std::string& path) {
    const auto found = FindAflInstances(path);
    EXPECT_TRUE(found.ok()) << found.status();
    EXPECT_THAT(*found, SizeIs(1));
    return (*found)[0];
  }

  const test::TempDir dir_;
};

TEST_F(AflInstanceTest, AllThatReplayingNeeds) {
  Write("main/crashes/id:000001,sig:06", "b");
  Write("main/crashes/id:000000,sig:11", "a");
  Write("main/crashes/README.txt", "Command line used");
  Write("main/hangs/id:000000", "c");
  Write("main/fuzzer_stats",
        "exec_timeout      : 70\ncommand_line      : afl-fuzz -i in -- ./u x\n");
  Write("main/cmdline", "./t\na b\n@@\n");
  Write("main/flowmon/flowmon_stats", "flowdb                : /x.flowdb\nflowdb_hash : 0x1\n");
  const AflInstance instance = Only(dir_.path());
  EXPECT_EQ(instance.directory, dir_ / "main");
  EXPECT_FALSE(instance.is_plain);
  EXPECT_THAT(instance.target, ElementsAre("./t", "a b", "@@"));
  EXPECT_EQ(instance.timeout_ms, 70u);
  EXPECT_EQ(instance.flowdb, "/x.flowdb");
  EXPECT_EQ(instance.flowdb_hash, "0x1");
  ASSERT_THAT(instance.inputs, SizeIs(3));
  EXPECT_EQ(instance.inputs[0].path, dir_ / "main/crashes/id:000000,sig:11");
  EXPECT_EQ(instance.inputs[1].kind, SavedKind::kCrash);
  EXPECT_EQ(instance.inputs[2].kind, SavedKind::kHang);
  EXPECT_EQ(Only(dir_ / "main").inputs.size(), 3u) << "the instance itself will do";
}

TEST_F(AflInstanceTest, WithoutCmdlineTheStatisticsSay) {
  Write("crashes/a", "");
  Write("fuzzer_stats", "command_line      : afl-fuzz -i in -o out -- ./t a @@\n");
  EXPECT_THAT(Only(dir_.path()).target, ElementsAre("./t", "a", "@@"));
}

TEST_F(AflInstanceTest, InstancesByName) {
  for (const char* name : {"b", "a"}) Write(std::string(name) + "/crashes/README.txt", "");
  Write("notes/file", "");
  const auto found = FindAflInstances(dir_.path());
  ASSERT_TRUE(found.ok());
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_EQ((*found)[0].directory, dir_ / "a");
  EXPECT_THAT((*found)[0].inputs, IsEmpty());
  EXPECT_THAT((*found)[0].target, IsEmpty());
}

TEST_F(AflInstanceTest, ADirectoryOfInputs) {
  Write("in/x", "");
  const AflInstance plain = Only(dir_ / "in");
  EXPECT_TRUE(plain.is_plain);
  EXPECT_EQ(plain.inputs[0].kind, SavedKind::kOther);
}

TEST_F(AflInstanceTest, WhatHasNothingIsSaid) {
  EXPECT_EQ(FindAflInstances(dir_.path()).status().message(),
            "no crashes, no hangs and no files in " + dir_.path());
  EXPECT_THAT(std::string(FindAflInstances("/nowhere").status().message()),
              testing::StartsWith("/nowhere is no directory; give the output directory"));
}

}  // namespace
}  // namespace flowmon
