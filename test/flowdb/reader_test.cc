#include "flowdb/reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "flowdb/index.h"
#include "flowdb/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "test/flowdb/sample_flowdb.h"

namespace flowmon {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

using namespace std::string_literals;

constexpr std::string_view kGood = "SOURCE,1,a.c,1,0,0\nSINK,1,a.c,2,0,0\nFLOW,1,1,1,[],\n";

// An own, empty folder for each test.
class ReadFlowDbTest : public testing::Test {
 protected:
  ReadFlowDbTest()
      : dir_(StrCat(testing::TempDir(), "/reader_test.", getpid(), ".",
                    testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(dir_);
  }
  ~ReadFlowDbTest() override { std::filesystem::remove_all(dir_); }

  std::string PathOf(std::string_view name) const { return StrCat(dir_, "/", name); }
  std::string WriteFile(std::string_view text) const {
    std::string path = PathOf("x.flowdb");
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  const std::string dir_;
};

std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(text, "x.flowdb");
  EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument) << file.status();
  return std::string(file.status().message());
}

TEST(ParseFlowDb, EmptyFile) {
  EXPECT_EQ(ErrorOf(""),
            "flow database x.flowdb is empty; write the flows of an analysis into it first");
}

TEST(ParseFlowDb, NoFlowLine) {
  const std::string error =
      "flow database x.flowdb has no FLOW line; add "
      "FLOW,flowID,srcID,sinkID,[i,j],description for each flow";
  EXPECT_EQ(ErrorOf("# only a comment\n"), error);
  EXPECT_EQ(ErrorOf("SOURCE,1,a.c,1,0,0\nnonsense\n"), error);
}

TEST(ParseFlowDb, NoUsableFlowLine) {
  EXPECT_EQ(ErrorOf("nonsense\nFLOW,1,5,1,[],\nFLOW,2,6,1,[],\n"),
            "flow database x.flowdb has no usable FLOW line: 2 skipped, the first (line 2) for: "
            "unknown source id 5 in flow 1; correct what `flowmon flowdb lint` lists");
}

TEST(ParseFlowDb, BinaryFile) {
  EXPECT_EQ(ErrorOf("\x7F"
                    "ELF\0\1\2\n\0"s),
            "flow database x.flowdb has no FLOW line and is not text; give a .flowdb file");
}

TEST(ParseFlowDb, Utf16File) {
  const std::string error = "flow database x.flowdb is UTF-16; save it as UTF-8";
  EXPECT_EQ(ErrorOf("\xFF\xFE"
                    "F\0"s),
            error);
  EXPECT_EQ(ErrorOf("\xFE\xFF\0"
                    "F"s),
            error);
}

TEST(ParseFlowDb, ALinterGetsTheWarningsOfADatabaseWithoutFlows) {
  const absl::StatusOr<FlowDbFile> file =
      ParseFlowDb("FLOW,1,5,1,[],\nFLOW,2,6,1,[],\n", "x.flowdb", NoFlows::kWarning);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_THAT(file->warnings, SizeIs(3));
  EXPECT_EQ(file->num_warnings, 3u);
  EXPECT_EQ(file->warnings[0].line, 0u);
  EXPECT_EQ(file->warnings[2].message, "unknown source id 6 in flow 2");
}

TEST(ParseFlowDb, HashesTheBytesOfTheFile) {
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(kGood, "x.flowdb");
  ASSERT_TRUE(file.ok());
  // What XXH64() of the system's libxxhash says.
  EXPECT_EQ(file->content_hash, 0x8cd52f56a9e941d6u);
  EXPECT_NE(ParseFlowDb(StrCat(kGood, "\n"), "x.flowdb")->content_hash, file->content_hash);
}

TEST(ParseFlowDb, KeepsNothingOfTheText) {
  std::string text = "FLOW,1,1,1,[],words\nSOURCE,1,a.c,1,0,0\nSINK,1,a.c,2,0,0\n";
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(text, "x.flowdb");
  text.assign(text.size(), '#');
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->db.flow(0).description, "words");
  EXPECT_EQ(file->db.file_name(0), "a.c");
}

TEST(ParseFlowDb, LoadsABigDatabase) {
  const BigFlowDbShape shape = {.num_flows = 200'000,
                                .intermediates_per_flow = 5,
                                .num_sources = 5'000,
                                .num_sinks = 4'000,
                                .num_intermediates = 50'000};
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(BigFlowDbText(shape), "big.flowdb");
  ASSERT_TRUE(file.ok()) << file.status();
  const FlowDb& db = file->db;
  EXPECT_THAT(file->warnings, IsEmpty());
  EXPECT_EQ(db.num_flows(), shape.num_flows);
  EXPECT_THAT(db.locations(LocationKind::kSource), SizeIs(shape.num_sources));
  EXPECT_THAT(db.locations(LocationKind::kSink), SizeIs(shape.num_sinks));
  EXPECT_THAT(db.locations(LocationKind::kIntermediate), SizeIs(shape.num_intermediates));
  EXPECT_EQ(db.coverage_map_size(), shape.num_intermediates + 1);
  EXPECT_EQ(db.flow(shape.num_flows - 1).description,
            "untrusted length reaches memcpy, case 200000");

  const FlowIndex index(db);
  size_t by_source = 0;
  for (const Location& source : db.locations(LocationKind::kSource)) {
    by_source += index.BySource(source.id).size();
  }
  EXPECT_EQ(by_source, shape.num_flows);
}

TEST(FormatWarning, HasFileLineReasonAndText) {
  EXPECT_EQ(FormatWarning("x.flowdb", {12, "unknown source id 7 in flow 12", "FLOW,12,7"}),
            "x.flowdb:12: unknown source id 7 in flow 12: FLOW,12,7");
  EXPECT_EQ(FormatWarning("x.flowdb", {0, "is empty", ""}), "x.flowdb: is empty");
}

TEST_F(ReadFlowDbTest, ReadsAFile) {
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(WriteFile(kGood));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(DumpFlowDb(file->db), DumpFlowDb(ParseFlowDb(kGood, "")->db));
  EXPECT_EQ(file->content_hash, ParseFlowDb(kGood, "")->content_hash);
}

TEST_F(ReadFlowDbTest, ReadsAPipeLargerThanAnyBuffer) {
  const std::string path = PathOf("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string text = BigFlowDbText({.num_flows = 20'000});
  std::thread writer([&] { std::ofstream(path, std::ios::binary) << text; });
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
  writer.join();
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->db.num_flows(), 20'000u);
}

TEST_F(ReadFlowDbTest, MissingFile) {
  const absl::Status status = ReadFlowDb(PathOf("none")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            StrCat("cannot read flow database ", PathOf("none"),
                   ": No such file or directory; give the path of an existing .flowdb file"));
}

TEST_F(ReadFlowDbTest, Directory) {
  EXPECT_EQ(
      ReadFlowDb(dir_).status().message(),
      StrCat("cannot read flow database ", dir_, ": it is a directory; give a .flowdb file in it"));
}

TEST_F(ReadFlowDbTest, Device) {
  EXPECT_EQ(ReadFlowDb("/dev/zero").status().message(),
            "cannot read flow database /dev/zero: it is a device or a socket; give a .flowdb file");
}

TEST_F(ReadFlowDbTest, TooLargeFile) {
  const std::string path = WriteFile(kGood);
  std::filesystem::resize_file(path, kMaxFlowDbBytes + 1);  // sparse
  EXPECT_EQ(ReadFlowDb(path).status().message(),
            StrCat("flow database ", path, " is larger than 4294967295 bytes; split it"));
}

TEST_F(ReadFlowDbTest, ErrorsInTheTextNameThePath) {
  const std::string path = WriteFile("");
  EXPECT_EQ(
      ReadFlowDb(path).status().message(),
      StrCat("flow database ", path, " is empty; write the flows of an analysis into it first"));
}

}  // namespace
}  // namespace flowmon
