#include "flowdb/path_match.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace flowmon {
namespace {

TEST(NormalizePath, Table) {
  const struct {
    std::string_view path, normal;
  } kCases[] = {{"", ""},
                {".", "."},
                {"/", "/"},
                {"a", "a"},
                {"a//b/../c", "a/c"},
                {"./a/./b/", "a/b"},
                {"a/..", "."},
                {"a/../..", ".."},
                {"../a/../../b", "../../b"},
                {"/..", "/"},
                {"/../a", "/a"},
                {"//a///b", "/a/b"},
                {"/a/./../b", "/b"},
                {"a/...", "a/..."},
                {".hidden/..x", ".hidden/..x"}};
  for (const auto& test : kCases) EXPECT_EQ(NormalizePath(test.path), test.normal) << test.path;
}

TEST(CommonSuffixComponents, Table) {
  const struct {
    std::string_view a, b;
    size_t shared;
  } kCases[] = {{"a/b/c.c", "x/b/c.c", 2},
                {"c.c", "x/b/c.c", 1},
                {"a/bc.c", "a/c.c", 0},
                {"/a/b", "a/b", 2},
                {"/a/b", "/a/b", 2},
                {"", "a", 0},
                {"", "", 0},
                {"a/x/../b.c", "y/a/b.c", 2},
                {"a/b", "a/b/c", 0},
                {"A.c", "a.c", 0}};
  for (const auto& test : kCases) {
    EXPECT_EQ(CommonSuffixComponents(test.a, test.b), test.shared) << test.a << " " << test.b;
    EXPECT_EQ(CommonSuffixComponents(test.b, test.a), test.shared) << test.a << " " << test.b;
  }
}

TEST(MatchFileNames, Table) {
  const std::string_view kCompiled = "/home/u/proj/src/lib/a.c";
  const struct {
    std::string_view why, path;
    std::vector<std::string> names;
    std::vector<uint32_t> matches;
  } kCases[] = {
      {"nothing to match", kCompiled, {}, {}},
      {"relative suffix", kCompiled, {"src/lib/a.c"}, {0}},
      {"file name alone", kCompiled, {"a.c"}, {0}},
      {"half a component is none", kCompiled, {"ib/a.c", "xa.c"}, {}},
      {"relative name with a foreign folder", kCompiled, {"other/a.c"}, {}},
      {"relative name longer than the path", "/a.c", {"src/a.c"}, {}},
      {"relative name not normalized", kCompiled, {"./src/../src/lib//a.c"}, {0}},
      {"path not normalized", "/home/u/proj/build/../src/lib/a.c", {"proj/src/lib/a.c"}, {0}},
      {"leading .. of a relative name", kCompiled, {"../../src/lib/a.c"}, {0}},
      {"nothing but ..", kCompiled, {"..", ".", "", "/"}, {}},
      {"same absolute name", kCompiled, {"/home/u/proj/src/lib/a.c"}, {0}},
      {"absolute, analysed elsewhere", kCompiled, {"/ci/work/src/lib/a.c"}, {0}},
      {"absolute, only the file name in common", kCompiled, {"/ci/a.c"}, {0}},
      {"absolute, other file", kCompiled, {"/home/u/proj/src/lib/b.c"}, {}},
      {"longest wins over shorter, either order",
       kCompiled,
       {"a.c", "src/lib/a.c", "lib/a.c"},
       {1}},
      {"longer absolute wins over shorter relative",
       kCompiled,
       {"lib/a.c", "/ci/src/lib/a.c"},
       {1}},
      {"equal ones are all returned",
       kCompiled,
       {"lib/a.c", "b.c", "/x/lib/a.c", "./lib/a.c"},
       {0, 2, 3}},
      {"directory of the same name", "/home/a.c/b.c", {"a.c"}, {}},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(MatchFileNames(test.path, test.names), test.matches) << test.why;
  }
}

}  // namespace
}  // namespace flowmon
