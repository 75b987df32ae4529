#include "plugin/config_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace flowmon {
namespace {

// Each test works in a directory of its own, written "@" in names and messages.
class ConfigFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "flowmon_config_files_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << text;
  }

  // "@/file" in the order of application, or the message.
  std::vector<std::string> Read(const std::string& file, const std::string& profile_dir = "") {
    const auto files = ReadConfigFiles(absl::StrReplaceAll(file, {{"@", directory_}}),
                                       "command line", profile_dir);
    std::vector<std::string> names;
    if (files.ok()) {
      for (const ConfigFile& read : *files) names.push_back(read.path);
    } else {
      EXPECT_EQ(files.status().code(), absl::StatusCode::kInvalidArgument);
      names.emplace_back(files.status().message());
    }
    for (std::string& name : names) name = absl::StrReplaceAll(name, {{directory_, "@"}});
    return names;
  }

  using Names = std::vector<std::string>;
  std::string directory_;
};

TEST_F(ConfigFilesTest, ReadsOneFile) {
  Write("a.yaml", "output:\n  buffer_kib: 7\n");
  const auto files = ReadConfigFiles(Path("a.yaml"), "command line", "");
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 1u);
  ASSERT_EQ(files->front().settings.size(), 1u);
  EXPECT_EQ(files->front().settings[0].key->path, "output.buffer_kib");
  EXPECT_EQ(files->front().settings[0].text, "7");
}

TEST_F(ConfigFilesTest, BasesComeFirstInTheOrderOfTheList) {
  Write("a.yaml", "extends: [b.yaml, sub/c.yaml]\n");
  Write("b.yaml", "");
  Write("sub/c.yaml", "extends: d.yaml\n");
  Write("sub/d.yaml", "");
  EXPECT_EQ(Read("@/a.yaml"), (Names{"@/b.yaml", "@/sub/d.yaml", "@/sub/c.yaml", "@/a.yaml"}));
}

TEST_F(ConfigFilesTest, NamesAreRelativeToTheExtendingFile) {
  Write("sub/a.yaml", "extends: [../b.yaml, ./c.yaml]\n");
  Write("b.yaml", "");
  Write("sub/c.yaml", absl::StrCat("extends: ", Path("b.yaml"), "\n"));
  EXPECT_EQ(Read("@/sub/a.yaml"), (Names{"@/sub/../b.yaml", "@/sub/./c.yaml", "@/sub/a.yaml"}));
}

TEST_F(ConfigFilesTest, CommonBaseOfADiamondCountsOnceAndFirst) {
  Write("a.yaml", "extends: [b.yaml, c.yaml]\n");
  Write("b.yaml", "extends: base.yaml\n");
  Write("c.yaml", "extends: base.yaml\n");
  Write("base.yaml", "");
  EXPECT_EQ(Read("@/a.yaml"), (Names{"@/base.yaml", "@/b.yaml", "@/c.yaml", "@/a.yaml"}));
}

TEST_F(ConfigFilesTest, SameFileUnderAnotherNameCountsOnce) {
  Write("a.yaml", "extends: [base.yaml, link.yaml, ./base.yaml]\n");
  Write("base.yaml", "");
  ASSERT_EQ(symlink("base.yaml", Path("link.yaml").c_str()), 0);
  EXPECT_EQ(Read("@/a.yaml"), (Names{"@/base.yaml", "@/a.yaml"}));
}

// 2^30 reads if each way counted.
TEST_F(ConfigFilesTest, ManyWaysToOneFileAreFollowedOnce) {
  for (int i = 0; i < 30; ++i) {
    Write(absl::StrCat(i), absl::StrCat("extends: ['./", i + 1, "', './", i + 1, "']\n"));
  }
  Write("30", "");
  EXPECT_EQ(Read("@/0").size(), 31u);
}

TEST_F(ConfigFilesTest, RefusesAFileThatExtendsItself) {
  Write("a.yaml", "\nextends: a.yaml\n");
  EXPECT_EQ(Read("@/a.yaml"),
            Names{"@/a.yaml:2: extends: '@/a.yaml' extends itself: @/a.yaml -> @/a.yaml"});
}

TEST_F(ConfigFilesTest, RefusesALongerCycleAndNamesOnlyItsPart) {
  Write("start.yaml", "extends: a.yaml\n");
  Write("a.yaml", "extends: sub/b.yaml\n");
  Write("sub/b.yaml", "extends:\n  - c.yaml\n");
  Write("sub/c.yaml", "extends: link.yaml\n");
  ASSERT_EQ(symlink("../a.yaml", Path("sub/link.yaml").c_str()), 0);
  EXPECT_EQ(Read("@/start.yaml"),
            Names{"@/sub/c.yaml:1: extends: '@/a.yaml' extends itself: "
                  "@/a.yaml -> @/sub/b.yaml -> @/sub/c.yaml -> @/sub/link.yaml"});
}

TEST_F(ConfigFilesTest, RefusesTooManyFiles) {
  for (int i = 0; i < 64; ++i) {
    Write(absl::StrCat(i, ".yaml"), absl::StrCat("extends: ", i + 1, ".yaml\n"));
  }
  Write("64.yaml", "");
  EXPECT_EQ(Read("@/1.yaml").size(), 64u);
  EXPECT_EQ(Read("@/0.yaml"), Names{"@/63.yaml:1: extends: more than 64 configuration files"});
}

TEST_F(ConfigFilesTest, BareProfileNamesMeanTheShippedFiles) {
  Write("share/default.yaml", "");
  Write("share/production.yaml", "extends: default\n");
  Write("a.yaml", "extends: production\n");
  Write("production", "");
  EXPECT_EQ(Read("@/a.yaml", Path("share")),
            (Names{"@/share/default.yaml", "@/share/production.yaml", "@/a.yaml"}));
  EXPECT_EQ(Read("default", Path("share")), Names{"@/share/default.yaml"});
  Write("b.yaml", "extends: ./production\n");
  EXPECT_EQ(Read("@/b.yaml", Path("share")), (Names{"@/./production", "@/b.yaml"}));
}

TEST_F(ConfigFilesTest, SaysWhereABaseIsNamed) {
  Write("a.yaml", "\nextends: [default]\n");
  EXPECT_EQ(Read("@/a.yaml"), Names{"@/a.yaml:2: extends: the directory of the shipped profile "
                                    "'default' is not known; give the path of a file"});
  EXPECT_EQ(Read("@/a.yaml", Path("share")),
            Names{"@/a.yaml:2: extends: cannot read '@/share/default.yaml': "
                  "No such file or directory"});
  Write("a.yaml", "extends: b.yaml\n");
  EXPECT_EQ(Read("@/a.yaml"),
            Names{"@/a.yaml:1: extends: cannot read '@/b.yaml': No such file or directory"});
  Write("a.yaml", "extends: prod\n");
  EXPECT_EQ(Read("@/a.yaml"),
            Names{"@/a.yaml:1: extends: cannot read '@/prod': No such file or directory "
                  "(the shipped profiles are default, development, production)"});
}

TEST_F(ConfigFilesTest, ErrorsInABaseNameTheBase) {
  Write("a.yaml", "extends: b.yaml\n");
  Write("b.yaml", "\nfoo: 1\n");
  EXPECT_EQ(Read("@/a.yaml"), Names{"@/b.yaml:2: unknown group 'foo'"});
}

TEST_F(ConfigFilesTest, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(Read("@/fifo"), Names{"command line: cannot read '@/fifo': not a regular file"});
  EXPECT_EQ(Read("@"), Names{"command line: cannot read '@': not a regular file"});
  EXPECT_EQ(Read("/dev/zero"), Names{"command line: cannot read '/dev/zero': not a regular file"});
}

TEST_F(ConfigFilesTest, RefusesAMissingFile) {
  EXPECT_EQ(Read("@/none.yaml"),
            Names{"command line: cannot read '@/none.yaml': No such file or directory"});
}

TEST_F(ConfigFilesTest, RefusesMoreThanAMegabyte) {
  Write("a.yaml", std::string(kMaxConfigFileBytes, '\n'));
  EXPECT_EQ(Read("@/a.yaml"), Names{"@/a.yaml"});
  Write("a.yaml", std::string(kMaxConfigFileBytes + 1, '\n'));
  EXPECT_EQ(Read("@/a.yaml"), Names{"command line: cannot read '@/a.yaml': larger than 1 MiB, so "
                                    "not a configuration file"});
}

}  // namespace
}  // namespace flowmon
