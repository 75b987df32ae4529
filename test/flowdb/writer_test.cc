#include "flowdb/writer.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "flowdb/reader.h"
#include "flowdb/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "test/flowdb/sample_flowdb.h"

namespace flowmon {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

using namespace std::string_literals;

std::string ReadText(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

FlowDb OneFlow(std::string_view description) {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (LocationKind kind : kLocationKinds) db.AddLocation(kind, {1, file, 10, 3, 9});
  db.AddFlow(1, 1, 1, std::vector<uint32_t>{1}, description);
  return db;
}

TEST(FormatFlowDb, LeavesPlainThingsUnquoted) {
  FlowDb db = OneFlow("len, from \"read\", reaches memcpy");
  db.AddMetadata("version", "1.1");
  EXPECT_EQ(FormatFlowDb(db),
            "METADATA,version,1.1\n"
            "SOURCE,1,a.c,10,3,9\n"
            "SINK,1,a.c,10,3,9\n"
            "INTERMEDIATE,1,a.c,10,3,9\n"
            "FLOW,1,1,1,[1],len, from \"read\", reaches memcpy\n");
}

TEST(FormatFlowDb, AwkwardGolden) {
  const std::string names[] = {"with,comma.c",   "with \"quotes\".c", " leading blank.c",
                               "trailing tab\t", "#hash.c",           "C:\\new\\dir, x\\a.c",
                               "new\nline\\n.c", "plain name [1].c",  "\xC3\xBC.c"};
  const std::string descriptions[] = {"",
                                      "plain, with \"inner\" quotes and \\n",
                                      "\"quoted\" first",
                                      " outer blanks ",
                                      "$\"dollar",
                                      "# no comment",
                                      "line\none\r\ntwo",
                                      "nul\0byte"s};
  FlowDb db;
  db.AddMetadata("version", "1.1");
  db.AddMetadata("key, with comma", " value, with blanks ");
  uint32_t id = 0;
  for (const std::string& name : names) {
    ++id;
    db.AddLocation(LocationKind::kSource, {id, db.AddFile(name), id, 0, 0});
  }
  db.AddLocation(LocationKind::kSink, {1, db.AddFile("sink.c"), 1, 2, 3});
  id = 0;
  for (const std::string& description : descriptions) {
    ++id;
    db.AddFlow(id, id, 1, {}, description);
  }

  const std::string golden = FLOWMON_SOURCE_DIR "/test/flowdb/golden/awkward.flowdb";
  EXPECT_EQ(FormatFlowDb(db), ReadText(golden));
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(golden);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->warnings, IsEmpty());
  EXPECT_EQ(DumpFlowDb(file->db), DumpFlowDb(db));
}

TEST(FormatFlowDb, RandomDatabasesSurviveARoundTrip) {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const FlowDb db = RandomFlowDb(random);
    const std::string text = FormatFlowDb(db);
    const absl::StatusOr<FlowDbFile> file = ParseFlowDb(text, "x.flowdb");
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_THAT(file->warnings, IsEmpty()) << FormatWarning("x", file->warnings[0]);
    ASSERT_EQ(DumpFlowDb(file->db), DumpFlowDb(db));
    ASSERT_EQ(FormatFlowDb(file->db), text);
  }
}

// An own, empty folder for each test; `path_` is in it.
class WriteFlowDbTest : public testing::Test {
 protected:
  WriteFlowDbTest()
      : dir_(StrCat(testing::TempDir(), "/writer_test.", getpid(), ".",
                    testing::UnitTest::GetInstance()->current_test_info()->name())),
        path_(StrCat(dir_, "/x.flowdb")) {
    std::filesystem::create_directories(dir_);
  }
  ~WriteFlowDbTest() override { std::filesystem::remove_all(dir_); }

  size_t NumFiles() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(dir_), {}));
  }

  const std::string dir_;
  const std::string path_;
};

TEST_F(WriteFlowDbTest, WritesAndReplaces) {
  ASSERT_TRUE(WriteFlowDb(OneFlow("first, longer than the second"), path_).ok());
  ASSERT_TRUE(WriteFlowDb(OneFlow("second"), path_).ok());
  EXPECT_EQ(ReadText(path_), FormatFlowDb(OneFlow("second")));
  EXPECT_EQ(NumFiles(), 1u) << "a temporary file is left";
}

TEST_F(WriteFlowDbTest, ModeFollowsTheUmask) {
  for (const mode_t mask : {022, 077, 0}) {
    const mode_t old = umask(mask);
    const absl::Status status = WriteFlowDb(OneFlow(""), path_);
    umask(old);
    ASSERT_TRUE(status.ok()) << status;
    struct stat info = {};
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0644 & ~mask);
  }
}

TEST_F(WriteFlowDbTest, WritesThroughASymbolicLink) {
  const std::string link = StrCat(dir_, "/link");
  ASSERT_TRUE(WriteFlowDb(OneFlow("old"), path_).ok());
  std::filesystem::create_symlink("x.flowdb", link);
  ASSERT_TRUE(WriteFlowDb(OneFlow("new"), link).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(ReadText(path_), FormatFlowDb(OneFlow("new")));
}

TEST_F(WriteFlowDbTest, LeavesOthersTemporaryFilesAlone) {
  const std::string other = StrCat(path_, ".tmp.", getpid(), ".0");
  std::ofstream(other) << "other";
  ASSERT_TRUE(WriteFlowDb(OneFlow(""), path_).ok());
  EXPECT_EQ(ReadText(other), "other");
  EXPECT_EQ(NumFiles(), 2u);
}

TEST_F(WriteFlowDbTest, MissingFolder) {
  const std::string path = StrCat(dir_, "/none/x.flowdb");
  const absl::Status status = WriteFlowDb(OneFlow(""), path);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            StrCat("cannot write flow database ", path,
                   ": No such file or directory; check the folder's rights and its free space"));
}

TEST_F(WriteFlowDbTest, FullDiskLeavesTheOldFile) {
  ASSERT_TRUE(WriteFlowDb(OneFlow("old"), path_).ok());
  const std::string old = ReadText(path_);
  // A limit on the file size stands for the full disk: write() fails half-way.
  const auto write_with_limit = [this] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
    setrlimit(RLIMIT_FSIZE, &limit);
    const absl::Status status = WriteFlowDb(OneFlow(std::string(1000, 'x')), path_);
    _exit(status.message().find("File too large") != absl::string_view::npos ? 0 : 1);
  };
  EXPECT_EXIT(write_with_limit(), testing::ExitedWithCode(0), "");
  EXPECT_EQ(ReadText(path_), old);
  EXPECT_EQ(NumFiles(), 1u) << "a temporary file is left";
}

TEST_F(WriteFlowDbTest, TooLongLineLeavesTheOldFile) {
  ASSERT_TRUE(WriteFlowDb(OneFlow("old"), path_).ok());
  const absl::Status status = WriteFlowDb(OneFlow(std::string(kMaxFlowDbLineBytes, 'x')), path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              StartsWith(StrCat("cannot write flow database ", path_,
                                ": a line would have 1048591 bytes, the limit is 1048576; shorten "
                                "what starts with FLOW,1,1,1,[1],xxx")));
  EXPECT_EQ(ReadText(path_), FormatFlowDb(OneFlow("old")));
}

TEST_F(WriteFlowDbTest, NeverReplacesWhatIsNoFile) {
  const absl::Status status = WriteFlowDb(OneFlow(""), dir_);
  EXPECT_EQ(status.message(), StrCat("cannot write flow database ", dir_,
                                     ": it is there and not a regular file; give a file name"));
  const std::string fifo = StrCat(dir_, "/fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(WriteFlowDb(OneFlow(""), fifo).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
}

}  // namespace
}  // namespace flowmon
