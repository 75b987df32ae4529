#include "plugin/input_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "plugin/correlator.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::ReadFile;
using test::TempDir;
using test::WriteFile;
using testing::HasSubstr;

constexpr InputKeeper::Limits kNoLimits = {1 << 20, 1 << 20};

// Flow 7: source 1 -> sink 1; flow 8: source 1 -> 1 -> sink 1.
class InputKeeperTest : public testing::Test {
 protected:
  static FlowDbFile MakeDb() {
    FlowDbFile flowdb;
    flowdb.content_hash = 0xabc;
    FlowDb& db = flowdb.db;
    const uint32_t file = db.AddFile("a.c");
    db.AddLocation(LocationKind::kSource, {1, file, 1, 0, 0});
    db.AddLocation(LocationKind::kSink, {1, file, 2, 0, 0});
    db.AddLocation(LocationKind::kIntermediate, {1, file, 3, 0, 0});
    db.AddFlow(7, 1, 1, {}, "");
    db.AddFlow(8, 1, 1, std::vector<uint32_t>{1}, "");
    return flowdb;
  }
  void Start(const InputKeeper::Limits& limits = kNoLimits) {
    auto keeper = InputKeeper::Start(directory_ / "inputs", directory_.path(), flowdb_, limits);
    ASSERT_TRUE(keeper.ok()) << keeper.status();
    keeper_ = *std::move(keeper);
  }
  // An execution that takes `ns` from source to sink; flow 8 completes with `hit`.
  void Offer(const std::string& input, uint64_t ns, bool hit = false) {
    Execution execution;
    execution.events = {{1, 0xaa, 1, 1, 1, false}, {1 + ns, 0xbb, 1, 1, 1, true}};
    if (hit) execution.hits.push_back({1, 1});
    execution.Normalize();
    keeper_->Offer({reinterpret_cast<const uint8_t*>(input.data()), input.size()}, execution,
                   correlator_.Correlate(execution), ++number_, 1'700'000'000'123);
  }
  std::string Path(uint32_t flow, const std::string& name) {
    return directory_ / ("inputs/flow_" + std::to_string(flow) + "/" + name);
  }
  std::string Input(uint32_t flow, const std::string& kind) { return ReadFile(Path(flow, kind)); }
  json Facts(uint32_t flow, const std::string& kind) {
    return json::parse(ReadFile(Path(flow, kind + ".json")));
  }

  const TempDir directory_;
  FlowDbFile flowdb_ = MakeDb();
  Correlator correlator_{flowdb_.db, 1};
  std::unique_ptr<InputKeeper> keeper_;
  uint64_t number_ = 0;
};

TEST_F(InputKeeperTest, KeepsTheFirstTheSmallestAndTheFastest) {
  Start();
  Offer("first", 1000);
  Offer("longer than the first, and slower", 5000);
  Offer("sm", 2000);
  Offer("the fastest", 10);
  Offer("faster by too little", 9);
  keeper_->Finish();
  EXPECT_EQ(Input(7, "first"), "first");
  EXPECT_EQ(Input(7, "smallest"), "sm");
  EXPECT_EQ(Input(7, "fastest"), "the fastest");
  EXPECT_FALSE(fs::exists(Path(8, "first"))) << "never completed";
  EXPECT_EQ(Facts(7, "first"), json::parse(R"({
      "flow_id": 7, "flowdb_hash": "0x0000000000000abc", "kind": "first", "timestamp": "2023-11-14T22:13:20.123Z",
      "unix_ms": 1700000000123, "execution": 1, "size": 5, "input_hash": "0xcc98257fe4be8f5a",
      "time_delta_ns": 1000, "completions": 1,
      "source_hash": "0x00000000000000aa", "sink_hash": "0x00000000000000bb"})"));
  EXPECT_EQ(Facts(7, "smallest")["execution"], 3);
  EXPECT_EQ(keeper_->TryFailure(), "");
  EXPECT_EQ(keeper_->num_failures(), 0u);
}

TEST_F(InputKeeperTest, EachFlowHasItsOwn) {
  Start();
  Offer("seven", 1000);
  Offer("both", 1000, true);
  keeper_->Finish();
  EXPECT_EQ(Input(7, "first"), "seven");
  EXPECT_EQ(Input(8, "first"), "both");
  EXPECT_EQ(Input(7, "smallest"), "both");
}

TEST_F(InputKeeperTest, OnlyTheOwnerSeesThem) {
  Start();
  Offer("secret", 1);
  keeper_->Finish();
  struct stat info;
  ASSERT_EQ(stat(Path(7, "first").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((directory_ / "inputs").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(InputKeeperTest, BinaryAndEmptyInputsAreKeptAsTheyAre) {
  Start();
  const std::string binary("\0\xff\n\r", 4);
  Offer(binary, 1);
  Offer("", 1);
  keeper_->Finish();
  EXPECT_EQ(Input(7, "first"), binary);
  EXPECT_EQ(Input(7, "smallest"), "");
  EXPECT_TRUE(fs::exists(Path(7, "smallest")));
}

TEST_F(InputKeeperTest, ALaterCampaignReplacesOnlyByBetterOnes) {
  Start();
  Offer("twelve bytes", 1000);
  keeper_.reset();
  Start();
  Offer("thirteen bytes", 2000);
  keeper_.reset();
  for (const char* kind : {"first", "smallest", "fastest"})
    EXPECT_EQ(Input(7, kind), "twelve bytes") << kind;
  Start();
  Offer("ten bytes.", 100);
  keeper_.reset();
  EXPECT_EQ(Input(7, "first"), "twelve bytes");
  EXPECT_EQ(Input(7, "smallest"), "ten bytes.");
  EXPECT_EQ(Input(7, "fastest"), "ten bytes.");
}

TEST_F(InputKeeperTest, WhatAKillLeftTornIsReplaced) {
  Start();
  Offer("whole", 1);
  keeper_.reset();
  WriteFile(Path(7, "first"), "torn");
  WriteFile(Path(7, "smallest.json"), "{");
  fs::remove(Path(7, "fastest"));
  Start();
  Offer("another", 1);
  keeper_.reset();
  for (const char* kind : {"first", "smallest", "fastest"})
    EXPECT_EQ(Input(7, kind), "another") << kind;
}

TEST_F(InputKeeperTest, ThoseOfAnotherDatabaseAreReplaced) {
  Start();
  Offer("old", 1);
  keeper_.reset();
  flowdb_.content_hash = 0xdef;
  Start();
  Offer("of another flow 7", 1000);
  keeper_.reset();
  for (const char* kind : {"first", "smallest", "fastest"})
    EXPECT_EQ(Input(7, kind), "of another flow 7") << kind;
}

TEST_F(InputKeeperTest, WhatIsPlantedThereIsNoObstacle) {
  fs::create_directories(Path(7, "first.json"));
  fs::create_directories(directory_ / "inputs/flow_8");
  ASSERT_EQ(mkfifo(Path(8, "first.json").c_str(), 0600), 0);
  Start();
  Offer("input", 1, true);
  keeper_->Finish();
  EXPECT_EQ(Input(7, "smallest"), "input");
  EXPECT_EQ(Input(8, "first"), "input");
  EXPECT_GT(keeper_->num_failures(), 0u) << "a directory cannot be replaced by a file";
}

TEST_F(InputKeeperTest, WhatWaitsIsBounded) {
  WriteFile(directory_ / "inputs", "in the way");
  Start({1000, 25});
  Offer("ten bytes.", 10);
  Offer("ten byte.", 9);
  Offer("ten byt.", 7);
  EXPECT_GE(keeper_->num_over_limit(), 1u);
}

TEST_F(InputKeeperTest, TooLargeAnInputIsCountedAndALaterOneTaken) {
  Start({4, 1000});
  Offer("12345", 1);
  Offer("1234", 1);
  keeper_->Finish();
  EXPECT_EQ(Input(7, "first"), "1234");
  EXPECT_EQ(keeper_->num_over_limit(), 1u);
}

TEST_F(InputKeeperTest, AllTogetherStayBelowTheirLimit) {
  Start({1000, 25});
  Offer("ten bytes.", 1, true);
  keeper_->Finish();
  EXPECT_EQ(keeper_->num_kept(), 2u);
  EXPECT_EQ(keeper_->num_over_limit(), 4u);
  size_t bytes = 0;
  for (const uint32_t flow : {7u, 8u})
    for (const char* kind : {"first", "smallest", "fastest"})
      if (fs::exists(Path(flow, kind))) bytes += Input(flow, kind).size();
  EXPECT_EQ(bytes, 20u);
}

TEST_F(InputKeeperTest, NamesTheFileInWhichAflHasTheSameBytes) {
  for (const char* name : {"queue", "crashes", "hangs"}) fs::create_directory(directory_ / name);
  WriteFile(directory_ / "queue/id:000000,orig:a", "other");
  WriteFile(directory_ / "queue/id:000001,src:000000", "first");
  WriteFile(directory_ / "crashes/README.txt", "smalle");
  WriteFile(directory_ / "crashes/id:000000,sig:11", "small");
  fs::create_symlink("id:000000,sig:11", directory_ / "hangs/id:000000");
  Start();
  Offer("first", 1000);
  Offer("tin", 1);
  Offer("small", 1, true);
  keeper_->Finish();
  EXPECT_EQ(Facts(7, "first")["afl_file"], "queue/id:000001,src:000000");
  EXPECT_EQ(Facts(8, "first")["afl_file"], "crashes/id:000000,sig:11");
  EXPECT_FALSE(Facts(7, "smallest").contains("afl_file"));
}

TEST_F(InputKeeperTest, WhatCannotBeWrittenIsToldAndTriedAgain) {
  WriteFile(directory_ / "inputs", "in the way");
  Start();
  Offer("kept in the end", 1);
  for (int i = 0; i < 500 && keeper_->num_failures() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_GT(keeper_->num_failures(), 0u);
  std::optional<std::string> failure;
  while (!failure) failure = keeper_->TryFailure();
  EXPECT_THAT(*failure, HasSubstr("flow_7"));
  fs::remove(directory_ / "inputs");
  keeper_->Finish();
  EXPECT_EQ(Input(7, "first"), "kept in the end");
  EXPECT_EQ(keeper_->TryFailure(), "");
}

// Of two threads: the tests run under ThreadSanitizer.
TEST_F(InputKeeperTest, OfferedWhileItWrites) {
  Start();
  for (int i = 3000; i > 0; --i)
    Offer(std::string(static_cast<size_t>(i % 300 + 1), 'x'), 1000u + i);
  keeper_->Finish();
  EXPECT_EQ(Input(7, "smallest"), "x");
}

}  // namespace
}  // namespace flowmon
