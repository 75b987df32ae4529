// The worked example of doc/FLOWDB.md is what it says it is.

#include <fstream>
#include <iterator>
#include <string>

#include "flowdb/lint.h"
#include "flowdb/reader.h"
#include "flowdb/writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The contents of the first ```flowdb block.
std::string ExampleOfDoc() {
  std::ifstream stream(FLOWMON_SOURCE_DIR "/doc/FLOWDB.md");
  const std::string doc{std::istreambuf_iterator<char>(stream), {}};
  const std::string fence = "\n```flowdb\n";
  const size_t start = doc.find(fence);
  if (start == std::string::npos) return "";
  const size_t first = start + fence.size();
  return doc.substr(first, doc.find("\n```", first) + 1 - first);
}

TEST(FlowDbDoc, ExampleIsRead) {
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(ExampleOfDoc(), "doc/FLOWDB.md");
  ASSERT_TRUE(file.ok()) << file.status();
  const FlowDb& db = file->db;
  EXPECT_THAT(file->warnings, IsEmpty());
  EXPECT_THAT(LintFlowDb(db), IsEmpty());
  EXPECT_THAT(db.metadata(), SizeIs(6));
  ASSERT_EQ(db.num_flows(), 2u);
  EXPECT_EQ(db.flow(0).description, "length from the file header reaches memcpy, unchecked");
  EXPECT_THAT(db.flow(0).intermediates, ElementsAre(1, 2));
  EXPECT_EQ(db.flow(1).description, "\"name\" is used as a format string");
  EXPECT_EQ(db.Describe(*db.FindLocation(LocationKind::kSink, 2)), "src/log, old.c:17");
}

// What a reader learns from it is also what the writer would write, but for comments and blanks.
TEST(FlowDbDoc, ExampleIsWrittenAsShown) {
  const std::string example = ExampleOfDoc();
  std::string records;
  for (size_t start = 0; start < example.size();) {
    const size_t end = example.find('\n', start) + 1;
    if (example[start] != '#' && example[start] != '\n') {
      records += example.substr(start, end - start);
    }
    start = end;
  }
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(example, "doc/FLOWDB.md");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(FormatFlowDb(file->db), records);
}

}  // namespace
}  // namespace flowmon
