// A program tells the observer which database it was compiled with, in both lanes.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "flowdb/reader.h"
#include "plugin/file_lane.h"
#include "plugin/session_lane.h"
#include "test/instrument/flow_cc_harness.h"

namespace flowmon::test {
namespace {

class DatabaseHashTest : public ::testing::TestWithParam<const char*> {
 protected:
  DatabaseHashTest() : workshop_(GetParam()) {
    workshop_.Write("main.c", "int Add(int, int);\nint main(void) {\n  return Add(1, -1);\n}\n");
    workshop_.Write("add.c", "int Add(int a, int b) {\n  return a + b;\n}\n");
    hash_ = WriteDatabase("x.flowdb", "one");
    other_hash_ = WriteDatabase("y.flowdb", "two");
  }

  uint64_t WriteDatabase(const std::string& name, const std::string& description) {
    const std::string path = workshop_.Path(name);
    WriteFile(path, "SOURCE,1,main.c,3,0,0\nSINK,1,add.c,2,0,0\nFLOW,1,1,1,[]," + description);
    return ReadFlowDb(path)->content_hash;
  }
  void FlowCc(const std::string& database, const std::vector<std::string>& args) {
    workshop_.set_database(database.empty() ? "" : workshop_.Path(database));
    const Ended ended = workshop_.FlowCc(args);
    ASSERT_EQ(ended.exit_code, 0) << ended.output;
  }
  void Run(const std::map<std::string, std::string>& environment) {
    const Ended ended = RunProgram(
        {.argv = {"./program"}, .environment = environment, .directory = workshop_.Path("")});
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
  }
  // What both lanes say of each of the two databases.
  void ExpectFit(DatabaseFit of_x, DatabaseFit of_y) {
    const auto session = SessionLane::Create(64, 100);
    ASSERT_TRUE(session.ok());
    (*session)->BeginRun();
    Run({{"FLOW_SHM", ""},
         {FLOW_PLUGIN_ENV, std::to_string(getpid())},
         {FLOW_SESSION_ENV, (*session)->setting()}});
    EXPECT_TRUE((*session)->is_attached());
    EXPECT_EQ((*session)->CompareDatabase(hash_), of_x);
    EXPECT_EQ((*session)->CompareDatabase(other_hash_), of_y);

    const TempDir shm = TempDir::InSharedMemory();
    const auto files = FileLane::Create(shm.path(), false);
    ASSERT_TRUE(files.ok());
    Run({{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", (*files)->directory()}});
    Execution execution;
    (*files)->Collect(0, execution);
    EXPECT_EQ((*files)->CompareDatabase(hash_), of_x);
    EXPECT_EQ((*files)->CompareDatabase(other_hash_), of_y);
  }

  Workshop workshop_;
  uint64_t hash_, other_hash_;
};

TEST_P(DatabaseHashTest, OfAllObjects) {
  FlowCc("x.flowdb", {"main.c", "add.c", "-o", "program"});
  ExpectFit(DatabaseFit::kNoDifference, DatabaseFit::kOther);
}

TEST_P(DatabaseHashTest, SurvivesCollectionStrippingAndAddressSanitizer) {
  FlowCc("x.flowdb", {"-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-s",
                      "-fsanitize=address", "main.c", "add.c", "-o", "program"});
  ExpectFit(DatabaseFit::kNoDifference, DatabaseFit::kOther);
}

TEST_P(DatabaseHashTest, SeveralAreSaidToBe) {
  FlowCc("x.flowdb", {"-c", "main.c"});
  FlowCc("y.flowdb", {"-c", "add.c"});
  FlowCc("y.flowdb", {"main.o", "add.o", "-o", "program"});
  ExpectFit(DatabaseFit::kSeveral, DatabaseFit::kSeveral);
}

TEST_P(DatabaseHashTest, OfALibraryThatHidesItsRuntime) {
  workshop_.Write("hidden.map", "{ global: Add; local: *; };\n");
  FlowCc("y.flowdb",
         {"-shared", "-fPIC", "add.c", "-Wl,--version-script=hidden.map", "-o", "libadd.so"});
  FlowCc("x.flowdb", {"main.c", "./libadd.so", "-o", "program"});
  ExpectFit(DatabaseFit::kSeveral, DatabaseFit::kSeveral);
}

TEST_P(DatabaseHashTest, WithoutMarksNothingIsSaid) {
  workshop_.Write("plain.c",
                  "#include <flowmon.h>\nint main(void) {\n  FLOW_SOURCE(\"x\", 1, 1);\n}\n");
  FlowCc("", {"plain.c", "-o", "program"});
  ExpectFit(DatabaseFit::kNoDifference, DatabaseFit::kNoDifference);
}

INSTANTIATE_TEST_SUITE_P(Clangs, DatabaseHashTest, ::testing::ValuesIn(kClangs),
                         [](const auto& test) { return std::string("clang") + (test.param + 6); });

}  // namespace
}  // namespace flowmon::test
