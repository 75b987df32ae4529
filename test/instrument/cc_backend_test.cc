#include "runtime/instrument/cc_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "test/support/files.h"

namespace flowmon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CcBackendTest, DerivesTheCxxCompiler) {
  EXPECT_EQ(CxxNameOf("clang"), "clang++");
  EXPECT_EQ(CxxNameOf("clang-14"), "clang++-14");
  EXPECT_EQ(CxxNameOf("/opt/clang-old/bin/clang-14"), "/opt/clang-old/bin/clang++-14");
  EXPECT_EQ(CxxNameOf("afl-clang-fast"), "afl-clang-fast++");
  EXPECT_EQ(CxxNameOf("/usr/bin/afl-clang-lto"), "/usr/bin/afl-clang-lto++");
  EXPECT_EQ(CxxNameOf("afl-cc"), "afl-c++");
  EXPECT_EQ(CxxNameOf("clangd"), std::nullopt);
  EXPECT_EQ(CxxNameOf("gcc"), std::nullopt);
}

TEST(CcBackendTest, ChoosesByLanguageAndEnvironment) {
  EXPECT_EQ(*ChooseBackend(false, nullptr, nullptr), "afl-clang-fast");
  EXPECT_EQ(*ChooseBackend(true, nullptr, nullptr), "afl-clang-fast++");
  EXPECT_EQ(*ChooseBackend(false, "clang-14", "other++"), "clang-14");
  EXPECT_EQ(*ChooseBackend(true, "clang-14", "other++"), "other++");
  EXPECT_EQ(*ChooseBackend(true, "clang-14", ""), "clang++-14");
  EXPECT_THAT(std::string(ChooseBackend(true, "mycc", nullptr).status().message()),
              AllOf(HasSubstr("FLOW_CC_BACKEND=mycc"), HasSubstr("set FLOW_CXX_BACKEND")));
}

TEST(CcBackendTest, KnowsPlainClangByItsName) {
  EXPECT_TRUE(IsPlainClang("clang"));
  EXPECT_TRUE(IsPlainClang("/usr/bin/clang++-19"));
  EXPECT_FALSE(IsPlainClang("afl-clang-fast"));
  EXPECT_FALSE(IsPlainClang("/opt/clang/bin/afl-clang-lto"));
}

TEST(CcBackendTest, ReadsClangVersions) {
  EXPECT_EQ(ClangMajor("Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu\n"), 14);
  EXPECT_EQ(ClangMajor("clang version 19.1.7 (https://x 0123)"), 19);
  EXPECT_EQ(
      ClangMajor("\x1b[0;36mafl-cc++4.04c\x1b[0m by Michal Zalewski\nUbuntu clang version 14"), 14);
  EXPECT_EQ(ClangMajor("gcc (Debian 12.2.0-14) 12.2.0"), std::nullopt);
  EXPECT_EQ(ClangMajor("clang version unknown"), std::nullopt);
  EXPECT_EQ(ClangMajor(""), std::nullopt);
}

class CheckBackendTest : public ::testing::Test {
 protected:
  std::string Script(const std::string& body) const {
    std::string path = dir_ / "compiler";
    test::WriteFile(path, "#!/bin/sh\n" + body);
    chmod(path.c_str(), 0755);
    return path;
  }
  static std::string ErrorOf(const std::string& backend, const std::vector<int>& versions = {14}) {
    const absl::StatusOr<int> version = CheckBackend(backend, versions);
    return version.ok() ? "" : std::string(version.status().message());
  }
  test::TempDir dir_;
};

TEST_F(CheckBackendTest, AcceptsAVersionWithAPassOnEitherStream) {
  EXPECT_EQ(*CheckBackend(Script("echo banner >&2; echo 'clang version 15.0.1'"), {14, 15}), 15);
  EXPECT_EQ(*CheckBackend(Script("echo 'clang version 14.0.1' >&2; exit 1"), {14, 15}), 14);
}

TEST_F(CheckBackendTest, AcceptsTheRealOnes) {
  EXPECT_EQ(*CheckBackend("clang-14", {14}), 14);
  EXPECT_EQ(*CheckBackend("afl-clang-fast", {14}), 14);
}

TEST_F(CheckBackendTest, MissingCompilerSaysHowToGetOne) {
  EXPECT_THAT(ErrorOf("afl-clang-nowhere"),
              AllOf(HasSubstr("cannot run the compiler afl-clang-nowhere: No such file"),
                    HasSubstr("install AFL++"), HasSubstr("clang-14")));
  EXPECT_THAT(ErrorOf("/nowhere/clang"), ::testing::Not(HasSubstr("AFL++")));
}

TEST_F(CheckBackendTest, GccIsRefused) {
  EXPECT_THAT(ErrorOf("gcc", {14, 19}),
              AllOf(HasSubstr("gcc is not clang and cannot load the flow pass"),
                    HasSubstr("set FLOW_CC_BACKEND to clang-14 or clang-19"),
                    HasSubstr("marked by hand, see <flowmon.h>")));
  EXPECT_THAT(ErrorOf("afl-gcc-fast"), HasSubstr("afl-gcc-fast is not clang"));
  EXPECT_THAT(ErrorOf("afl-gcc"), HasSubstr("afl-gcc is not clang"));
}

TEST_F(CheckBackendTest, OtherVersionsAreRefusedWithTheOnesThatFit) {
  EXPECT_THAT(ErrorOf(Script("echo clang version 99.0"), {14, 19}),
              AllOf(HasSubstr("is clang 99, which has no flow pass"), HasSubstr("clang-19"),
                    HasSubstr("built for clang 14, 19")));
}

TEST_F(CheckBackendTest, WhereNoClangFitsItSaysWhichToInstall) {
  EXPECT_THAT(ErrorOf("gcc", {14, 99}), HasSubstr("set FLOW_CC_BACKEND to clang-14, or to an afl"));
  EXPECT_THAT(
      ErrorOf("gcc", {98, 99}),
      HasSubstr("install clang (apt-get install clang-99) and set FLOW_CC_BACKEND=clang-99"));
}

TEST_F(CheckBackendTest, InstallationWithoutPassesIsSaid) {
  EXPECT_THAT(ErrorOf("clang-14", {}), HasSubstr("no pass is installed"));
}

TEST(PassVersionsTest, ListsTheLibrary) {
  const test::TempDir dir;
  for (const char* name : {"libflow_pass-19.so", "libflow_pass-14.so", "libflow_pass-x.so",
                           "libflow_pass-15.so.bak", "libother.so"}) {
    test::WriteFile(dir / name, "");
  }
  EXPECT_THAT(PassVersions(dir.path()), ElementsAre(14, 19));
  EXPECT_THAT(PassVersions(dir / "nowhere"), IsEmpty());
}

}  // namespace
}  // namespace flowmon
