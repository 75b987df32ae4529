// Whole projects by their own build systems with CC=flow-cc: libyaml by autotools, cJSON by CMake,
// one of ours by Meson, each as a static and as a shared library. Their configuration sees a plain
// compiler, and what they build reports its flows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const std::string kBin = FLOWMON_BINARY_DIR "/bin/";
const std::string kExamples = FLOWMON_SOURCE_DIR "/examples/";

class BuildSystemsTest : public ::testing::Test {
 protected:
  void UseProject(const std::string& source, const std::string& database,
                  const std::string& backend) {
    fs::copy(source, project(), fs::copy_options::recursive);
    environment_ = {{"FLOW_DB", database},    {"FLOW_CC_BACKEND", backend}, {"FLOW_REPORT", ""},
                    {"CC", kBin + "flow-cc"}, {"CXX", kBin + "flow-c++"},   {"AFL_QUIET", "1"},
                    {"AFL_NO_AFFINITY", "1"}};
  }

  std::string project() const { return dir_ / "project"; }
  std::string Path(const std::string& name) const { return absl::StrCat(project(), "/", name); }

  // A command, its words separated by blanks, in the project.
  std::string Do(const std::string& command) const {
    const Ended ended = RunProgram({.argv = absl::StrSplit(command, ' ', absl::SkipEmpty()),
                                    .environment = environment_,
                                    .directory = project(),
                                    .timeout_seconds = 300});
    EXPECT_EQ(ended.exit_code, 0) << command << "\n" << ended.output;
    return ended.output;
  }

  nlohmann::json Summary(const std::string& report) const {
    return nlohmann::json::parse(ReadFile(Path(report)))["summary"];
  }

  // Where there is a report, of all that the project's directory holds.
  std::vector<std::string> Reports() const {
    constexpr std::string_view kSuffix = ".flowreport.json";
    std::vector<std::string> programs;
    for (const auto& entry : fs::recursive_directory_iterator(project())) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(kSuffix)) {
        programs.push_back(name.substr(0, name.size() - kSuffix.size()));
      }
    }
    return programs;
  }

  Trace RunTraced(const std::string& program, const std::string& input) const {
    const TempDir shm = TempDir::InSharedMemory();
    const Ended ended =
        RunProgram({.argv = {Path(program)},
                    .environment = {{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", shm.path()}},
                    .input = input,
                    .directory = project()});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return ReadTrace(shm.path());
  }

  // The program that links the library statically and the one that loads it.
  void ExpectTheSame(const std::string& static_program, const std::string& shared_program,
                     const std::string& input) const {
    const Trace linked = RunTraced(static_program, input);
    const Trace loaded = RunTraced(shared_program, input);
    EXPECT_FALSE(linked.events.empty());
    EXPECT_FALSE(linked.hits.empty());
    EXPECT_EQ(linked.hits, loaded.hits);
    ASSERT_EQ(linked.events.size(), loaded.events.size());
    for (size_t i = 0; i < linked.events.size(); ++i) {
      EXPECT_EQ(linked.events[i].type, loaded.events[i].type);
      EXPECT_EQ(linked.events[i].id, loaded.events[i].id);
    }
  }

 private:
  TempDir dir_;
  std::map<std::string, std::string> environment_;
};

TEST_F(BuildSystemsTest, Autotools) {
  const std::string example = kExamples + "libyaml/";
  UseProject(FLOWMON_SOURCE_DIR "/build/sources/libyaml", example + "libyaml.flowdb",
             "afl-clang-fast");
  Do("autoreconf -fi");
  EXPECT_THAT(Do("./configure"), Not(HasSubstr("flow-cc: ")));
  EXPECT_THAT(ReadFile(Path("config.log")), Not(HasSubstr("flow-cc: ")));
  EXPECT_THAT(Reports(), UnorderedElementsAre());
  EXPECT_THAT(Do("make -C src"), HasSubstr("117 of 117 locations of libyaml.flowdb instrumented"));
  EXPECT_EQ(Summary("src/.libs/libyaml-0.so.2.0.9.flowreport.json")["exact"], 117);

  const std::string harness = absl::StrCat(kBin, "flow-cc -g -O2 -Iinclude ", example, "harness.c ",
                                           kExamples, "driver.c ");
  Do(harness + "src/.libs/libyaml.a -o static");
  Do(harness + "-Lsrc/.libs -lyaml -Wl,-rpath,src/.libs -o shared");
  EXPECT_EQ(Summary("static.flowreport.json")["not_found"], 0);
  EXPECT_THAT(Reports(), UnorderedElementsAre("libyaml-0.so.2.0.9", "static", "shared"));
  ExpectTheSame("static", "shared", "a: [1, 'two', \"\\x41\"]\nb: &x !!str |\n  text\nc: *x\n");
}

TEST_F(BuildSystemsTest, Cmake) {
  UseProject(FLOWMON_SOURCE_DIR "/build/sources/cjson", kExamples + "cjson/cjson.flowdb",
             "clang-19");
  EXPECT_THAT(Do("cmake -B build -DENABLE_CJSON_TEST=Off -DBUILD_SHARED_AND_STATIC_LIBS=On"),
              Not(HasSubstr("flow-cc: ")));
  EXPECT_THAT(Reports(), UnorderedElementsAre());
  EXPECT_THAT(Do("cmake --build build"),
              HasSubstr("89 of 89 locations of cjson.flowdb instrumented"));
  const std::string harness = absl::StrCat(kBin, "flow-cc -g -O2 -I. ", kExamples,
                                           "cjson/harness.c ", kExamples, "driver.c ");
  Do(harness + "build/libcjson.a -o static");
  Do(harness + "-Lbuild -lcjson -Wl,-rpath,build -o shared");
  EXPECT_EQ(Summary("static.flowreport.json")["not_found"], 0);
  EXPECT_THAT(Reports(), UnorderedElementsAre("libcjson.so.1.7.15", "static", "shared"));
  ExpectTheSame("static", "shared", R"(1{"a": [1, "b\u00e9", {"c": null}]})");
}

TEST_F(BuildSystemsTest, Meson) {
  UseProject(ProgramSource("meson"), ProgramSource("meson/words.flowdb"), "clang-14");
  EXPECT_THAT(Do("meson setup build"), Not(HasSubstr("flow-cc: ")));
  EXPECT_THAT(ReadFile(Path("build/meson-logs/meson-log.txt")), Not(HasSubstr("flow-cc: ")));
  EXPECT_THAT(Reports(), UnorderedElementsAre());
  EXPECT_THAT(Do("ninja -C build"),
              HasSubstr("static: 3 of 3 locations of words.flowdb instrumented (3 exact"));
  EXPECT_EQ(Summary("build/libwords.so.flowreport.json")["exact"], 2);
  EXPECT_THAT(Reports(), UnorderedElementsAre("libwords.so", "shared", "static"));
  ExpectTheSame("build/static", "build/shared", "word\n");
}

}  // namespace
}  // namespace flowmon::test
