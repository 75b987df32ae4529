#include "flowdb/sarif/artifact_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace flowmon {
namespace {

using ::testing::HasSubstr;

SarifRun SampleRun() {
  SarifRun run;
  run.artifacts = {{"a.c", "SRC", -1}, {"file:///x/y.c", "", -1}, {"", "", -1}};
  run.uri_bases["SRC"] = {"sub/dir/", "ROOT", -1};
  run.uri_bases["ROOT"] = {"file:///home/me/the%20proj", "", -1};
  run.uri_bases["NOTHING"] = {"", "", -1};
  run.uri_bases["TO_ROOT"] = {"", "ROOT", -1};
  run.uri_bases["HERE"] = {"./here", "", -1};
  run.uri_bases["CYCLE"] = {"c/", "BACK", -1};
  run.uri_bases["BACK"] = {"b/", "CYCLE", -1};
  run.uri_bases["WEB"] = {"https://example.org/", "", -1};
  return run;
}

struct Case {
  std::string uri, base;
  int64_t index;
  std::string name, relative;
};

TEST(ArtifactPath, Resolves) {
  for (const Case& c : {
           Case{"a.c", "", -1, "a.c", "a.c"},
           Case{"./x/../a%20b%2Cc.c", "", -1, "a b,c.c", "a b,c.c"},
           Case{"a%2.c%", "", -1, "a%2.c%", "a%2.c%"},
           Case{"a.c", "%SRCROOT%", -1, "a.c", "a.c"},
           Case{"a.c", "NOTHING", -1, "a.c", "a.c"},
           Case{"a.c", "HERE", -1, "here/a.c", "here/a.c"},
           Case{"a.c", "SRC", -1, "/home/me/the proj/sub/dir/a.c", "sub/dir/a.c"},
           Case{"a.c", "TO_ROOT", -1, "/home/me/the proj/a.c", "a.c"},
           Case{"", "", 0, "/home/me/the proj/sub/dir/a.c", "sub/dir/a.c"},
           Case{"", "", 1, "/x/y.c", ""},
           Case{"b.c", "", 1, "b.c", "b.c"},
           Case{"/abs/a.c", "ROOT", -1, "/abs/a.c", ""},
           Case{"file:/abs/a.c", "", -1, "/abs/a.c", ""},
           Case{"FILE://localhost/abs/a.c", "", -1, "/abs/a.c", ""},
           Case{"file:///C:/x/a.c", "", -1, "C:/x/a.c", ""},
           Case{"C:/x/a.c", "ROOT", -1, "C:/x/a.c", ""},
       }) {
    const ArtifactPath path = ResolveArtifact(SampleRun(), {c.uri, c.base, c.index});
    EXPECT_EQ(path.problem, "") << c.uri;
    EXPECT_EQ(path.name, c.name) << c.uri;
    EXPECT_EQ(path.relative, c.relative) << c.uri;
  }
}

TEST(ArtifactPath, TellsWhyThereIsNone) {
  const auto problem = [](const SarifArtifactLocation& location) {
    return ResolveArtifact(SampleRun(), location).problem;
  };
  EXPECT_EQ(problem({"", "", -1}), "it names no file");
  EXPECT_EQ(problem({"", "", 2}), "it names no file");
  EXPECT_THAT(problem({"", "", 3}), HasSubstr("an artifact that the run does not have"));
  EXPECT_THAT(problem({"https://x/a.c", "", -1}), HasSubstr("scheme \"https\""));
  EXPECT_THAT(problem({"a.c", "WEB", -1}), HasSubstr("scheme \"https\""));
  EXPECT_THAT(problem({"a.c", "CYCLE", -1}), HasSubstr("leads back to itself"));
  EXPECT_THAT(problem({"a%00.c", "", -1}), HasSubstr("NUL"));
  EXPECT_THAT(problem({std::string(10000, 'x'), "", -1}), HasSubstr("too long"));
}

}  // namespace
}  // namespace flowmon
