#include "plugin/statistics_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "plugin/correlator.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using test::ReadFile;
using test::TempDir;
using test::WriteFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Flow 7: source 1 -> 5 -> sink 1; 8: source 2 -> 6 -> sink 1; 9: source 2 -> sink 2;
// 10: source 3 -> sink 3; 11: source 3 -> 6 -> sink 3.
class StatisticsReportTest : public testing::Test {
 protected:
  StatisticsReportTest() : correlator_(db_, 10), statistics_(db_, 1, 0) {}

  static FlowDb MakeDb() {
    FlowDb db;
    const uint32_t file = db.AddFile("a.c");
    for (const uint32_t id : {1u, 2u, 3u}) {
      db.AddLocation(LocationKind::kSource, {id, file, id, 0, 0});
      db.AddLocation(LocationKind::kSink, {id, file, id, 0, 0});
    }
    for (const uint32_t id : {5u, 6u})
      db.AddLocation(LocationKind::kIntermediate, {id, file, id, 0, 0});
    db.AddFlow(7, 1, 1, std::vector<uint32_t>{5}, "");
    db.AddFlow(8, 2, 1, std::vector<uint32_t>{6}, "");
    db.AddFlow(9, 2, 2, {}, "");
    db.AddFlow(10, 3, 3, {}, "");
    db.AddFlow(11, 3, 3, std::vector<uint32_t>{6}, "");
    return db;
  }
  void Run(const std::vector<Event>& events, const std::vector<Hit>& hits,
           uint64_t since_start_ns) {
    Execution execution;
    execution.events = events;
    execution.hits = hits;
    execution.sources_capped = 1;
    execution.sinks_capped = 3;
    execution.events_overflowed = 5;
    execution.events_torn = 3;
    execution.events_late = 2;
    execution.hits_uncounted = 4;
    execution.hits_late = 6;
    execution.events_produced = events.size() + 14;
    execution.Normalize();
    statistics_.Add(execution, correlator_.Correlate(execution), since_start_ns);
  }
  void RunSome() {
    Run({{100, 1, 1, 4, 1, false}, {1600, 2, 1, 4, 1, true}, {2100, 3, 1, 4, 1, true}}, {{5, 1}},
        1'500'000'000);
    Run({{100, 1, 1, 4, 1, false}, {3100, 4, 1, 4, 1, true}, {9, 0, 99, 4, 1, false}}, {{5, 1}},
        2'000'000'000);
    Run({{100, 1, 2, 4, 1, false}}, {}, 3'000'000'000);
  }
  // In the order of the file.
  std::vector<std::pair<std::string, std::string>> Stats(const CampaignFacts& facts = {}) {
    std::vector<std::pair<std::string, std::string>> stats;
    std::istringstream text(FormatStats(statistics_, db_, facts));
    for (std::string line; std::getline(text, line);) {
      const size_t colon = line.find(" : ");
      EXPECT_NE(colon, std::string::npos) << line;
      std::string key = line.substr(0, colon);
      key.erase(key.find_last_not_of(' ') + 1);
      stats.emplace_back(key, line.substr(colon + 3));
    }
    return stats;
  }
  std::vector<nlohmann::json> FlowStats() {
    statistics_.Settle();
    std::vector<nlohmann::json> lines;
    std::istringstream text(FormatFlowStats(statistics_, db_));
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  const FlowDb db_ = MakeDb();
  Correlator correlator_;
  Statistics statistics_;
};

TEST_F(StatisticsReportTest, EachKeyIsThereOnceInItsPlace) {
  RunSome();
  CampaignFacts facts;
  facts.flowdb_path = "/x/y : z.flowdb";
  facts.flowdb_hash = 0xabc;
  facts.record_mode = "new";
  facts.record_limit = "output.max_total_mib";
  facts.start_unix_s = 1'700'000'000;
  facts.now_unix_s = 1'700'000'100;
  facts.lines_written = 1;
  facts.lines_lost = 1;
  facts.lines_over_limit = 1;
  facts.executions_failed = 9;
  facts.files_refused = 8;
  facts.compressions_failed = 7;
  facts.inputs_kept = 6;
  facts.inputs_over_limit = 5;
  facts.inputs_failed = 4;
  facts.flowdb_mismatch = true;
  facts.silence = "nothing reached";
  EXPECT_THAT(
      Stats(facts),
      ElementsAre(
          testing::Pair("start_time", "1700000000"), testing::Pair("last_update", "1700000100"),
          testing::Pair("run_time", "100"), testing::Pair("fuzzer_pid", std::to_string(getpid())),
          testing::Pair("flowdb", "/x/y : z.flowdb"),
          testing::Pair("flowdb_hash", "0x0000000000000abc"), testing::Pair("flowdb_mismatch", "1"),
          testing::Pair("silence", "nothing reached"), testing::Pair("record_mode", "new"),
          testing::Pair("record_limit", "output.max_total_mib"),
          testing::Pair("executions_done", "3"), testing::Pair("executions_recorded", "1"),
          testing::Pair("executions_skipped", "0"), testing::Pair("executions_over_limit", "1"),
          testing::Pair("executions_lost", "1"), testing::Pair("executions_failed", "9"),
          testing::Pair("executions_unexamined", "0"), testing::Pair("events_produced", "49"),
          testing::Pair("events_recorded", "7"), testing::Pair("events_sources", "7"),
          testing::Pair("events_sinks", "12"), testing::Pair("events_dropped", "42"),
          testing::Pair("events_capped", "12"), testing::Pair("events_overflowed", "15"),
          testing::Pair("events_torn", "9"), testing::Pair("events_late", "6"),
          testing::Pair("events_unknown_id", "1"), testing::Pair("hits_uncounted", "12"),
          testing::Pair("hits_late", "18"), testing::Pair("flows_total", "5"),
          testing::Pair("flows_completed", "1"), testing::Pair("completions", "3"),
          testing::Pair("intermediates_total", "2"), testing::Pair("intermediates_hit", "1"),
          testing::Pair("files_refused", "8"), testing::Pair("compressions_failed", "7"),
          testing::Pair("inputs_kept", "6"), testing::Pair("inputs_over_limit", "5"),
          testing::Pair("inputs_failed", "4")));
}

TEST_F(StatisticsReportTest, TheNumbersAddUp) {
  RunSome();
  std::map<std::string, uint64_t> n;
  CampaignFacts facts;
  facts.lines_written = 2;
  for (const auto& [key, value] : Stats(facts)) n[key] = strtoull(value.c_str(), nullptr, 10);
  EXPECT_EQ(n["events_produced"], n["events_recorded"] + n["events_dropped"]);
  EXPECT_EQ(n["events_recorded"] + n["events_capped"], n["events_sources"] + n["events_sinks"]);
  EXPECT_EQ(n["events_dropped"],
            n["events_capped"] + n["events_overflowed"] + n["events_torn"] + n["events_late"]);
  EXPECT_EQ(n["executions_done"], n["executions_recorded"] + n["executions_skipped"] +
                                      n["executions_over_limit"] + n["executions_lost"]);
}

TEST_F(StatisticsReportTest, APathCannotForgeALine) {
  CampaignFacts facts;
  facts.flowdb_path = "/x\nexecutions_done       : 99";
  const auto stats = Stats(facts);
  EXPECT_EQ(std::count_if(stats.begin(), stats.end(),
                          [](const auto& entry) { return entry.first == "executions_done"; }),
            1);
}

TEST_F(StatisticsReportTest, FlowStatsTellOfEachFlowThatWasSeen) {
  EXPECT_THAT(FlowStats(), IsEmpty());
  RunSome();
  const std::vector<nlohmann::json> lines = FlowStats();
  ASSERT_EQ(lines.size(), 3u) << "flow 10 and 11 were never seen";
  EXPECT_EQ(lines[0], nlohmann::json::parse(R"({
      "flow_id": 7, "state": "complete", "steps_reached": 1,
      "source_executions": 2, "sink_executions": 2,
      "best_steps": 1, "prefix": 1, "ordered_prefix": 0, "wrong_order": false,
      "reached": [2, 2, 2], "step_executions": [2], "times": [[11, 1], [12, 1]],
      "completions": 3, "executions": 2, "first_execution": 1, "first_ms": 1500,
      "source_values": 1, "source_values_exact": true, "sink_values": 3, "sink_values_exact": false,
      "value_pairs": 3, "value_pairs_exact": false,
      "repeats": 0, "contradictions": 0, "identical": 0, "not_identical": 0,
      "min_ns": 1500, "avg_ns": 2166.6666666666665, "max_ns": 3000})"));
  EXPECT_EQ(lines[1], nlohmann::json::parse(R"({
      "flow_id": 8, "state": "partly reached", "steps_reached": 0,
      "source_executions": 1, "sink_executions": 2,
      "best_steps": 0, "prefix": 0, "ordered_prefix": 0,
      "reached": [1, 0, 0], "step_executions": [0],
      "blocked_step": 1, "reached_before": 1, "most_stopped_step": 1, "most_stopped": 1})"));
  EXPECT_EQ(lines[2], nlohmann::json::parse(R"({
      "flow_id": 9, "state": "source only", "steps_reached": 0,
      "source_executions": 1, "sink_executions": 0,
      "best_steps": 0, "prefix": 0, "ordered_prefix": 0,
      "reached": [1, 0], "step_executions": [],
      "blocked_step": 1, "reached_before": 1, "most_stopped_step": 1, "most_stopped": 1})"));
}

TEST_F(StatisticsReportTest, AFlowOfWhichOnlyStepsWereSeenIsTold) {
  Run({}, {{6, 1}}, 0);
  const std::vector<nlohmann::json> lines = FlowStats();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["flow_id"], 8);
  EXPECT_EQ(lines[1]["flow_id"], 11);
  EXPECT_EQ(lines[1]["state"], "not reached");
  EXPECT_EQ(lines[1]["steps_reached"], 1);
}

TEST_F(StatisticsReportTest, SummaryCountsAndListsWhatIsComplete) {
  RunSome();
  EXPECT_EQ(FormatSummary(statistics_, db_),
            "Total executions: 3\n"
            "Total events: 49 (sources: 7, sinks: 12, dropped: 30), 12 of them only counted "
            "(max_events_per_id)\n"
            "Completed flows: 1 of 5 (3 completions)\n"
            "  Flow 7: 3 completions, time min 1.5 us, max 3.0 us, avg 2.2 us");
}

class WriteFileAtomicallyTest : public testing::Test {
 protected:
  std::vector<std::string> Names() const { return test::ListNames(dir_.path()); }

  const TempDir dir_;
  const std::string path_ = dir_ / "stats";
};

TEST_F(WriteFileAtomicallyTest, CreatesAFileForItsOwnerAlone) {
  const mode_t mask = umask(0);
  EXPECT_TRUE(WriteFileAtomically(path_, "new").ok());
  umask(mask);
  EXPECT_EQ(ReadFile(path_), "new");
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode, S_IFREG | 0600u);
  EXPECT_THAT(Names(), ElementsAre("stats"));
}

TEST_F(WriteFileAtomicallyTest, ReplacesWhatIsThere) {
  for (const std::string& content : {std::string(100, 'x'), std::string("short"), std::string()}) {
    EXPECT_TRUE(WriteFileAtomically(path_, content).ok());
    EXPECT_EQ(ReadFile(path_), content);
  }
}

TEST_F(WriteFileAtomicallyTest, AReaderSeesTheOldOrTheNewContent) {
  const std::string old_content(300'000, 'a'), new_content(500'000, 'b');
  ASSERT_TRUE(WriteFileAtomically(path_, old_content).ok());
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> num_reads = 0, num_torn = 0;
  std::thread reader([&] {
    while (!stop) {
      const std::string content = ReadFile(path_);
      if (content != old_content && content != new_content) ++num_torn;
      ++num_reads;
    }
  });
  for (int i = 0; i < 200 || num_reads < 200; ++i)
    EXPECT_TRUE(WriteFileAtomically(path_, i % 2 ? old_content : new_content).ok());
  stop = true;
  reader.join();
  EXPECT_EQ(num_torn, 0u);
}

TEST_F(WriteFileAtomicallyTest, ADirectoryThatIsNotThereIsAnError) {
  const absl::Status status = WriteFileAtomically(dir_ / "nowhere/stats", "x");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(dir_ / "nowhere/stats"));
}

TEST_F(WriteFileAtomicallyTest, ADirectoryUnderTheNameIsAnError) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(WriteFileAtomically(path_, "x").ok());
  EXPECT_THAT(Names(), ElementsAre("stats"));
}

// At each size of the disk, also where the first write is cut short and nothing says why.
TEST_F(WriteFileAtomicallyTest, AFullDiskIsAnErrorAndLeavesTheOldContent) {
  ASSERT_TRUE(WriteFileAtomically(path_, "old").ok());
  const sighandler_t old_handler = signal(SIGXFSZ, SIG_IGN);
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  for (rlim_t size = 0; size < 10; ++size) {
    const struct rlimit limit = {size, old_limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    errno = 0;
    const absl::Status status = WriteFileAtomically(path_, "0123456789");
    setrlimit(RLIMIT_FSIZE, &old_limit);
    EXPECT_FALSE(status.ok()) << size;
    EXPECT_THAT(std::string(status.message()), HasSubstr("File too large"));
    EXPECT_EQ(ReadFile(path_), "old");
    EXPECT_THAT(Names(), ElementsAre("stats"));
  }
  signal(SIGXFSZ, old_handler);
}

TEST_F(WriteFileAtomicallyTest, WhatLiesUnderTheTemporaryNameIsNotFollowed) {
  const std::string temporary = path_ + ".tmp", victim = dir_ / "victim";
  WriteFile(victim, "precious");
  const auto write = [&] {
    EXPECT_TRUE(WriteFileAtomically(path_, "new").ok());
    EXPECT_EQ(ReadFile(path_), "new");
    EXPECT_EQ(ReadFile(victim), "precious");
    std::filesystem::remove(path_);
  };
  WriteFile(temporary, "of a campaign that was killed");
  write();
  ASSERT_EQ(symlink(victim.c_str(), temporary.c_str()), 0);
  write();
  ASSERT_EQ(link(victim.c_str(), temporary.c_str()), 0);
  write();
  ASSERT_EQ(mkfifo(temporary.c_str(), 0600), 0);  // would stop whoever opens it
  write();
  EXPECT_THAT(Names(), ElementsAre("victim"));
}

TEST_F(WriteFileAtomicallyTest, ALinkUnderTheNameIsReplacedNotFollowed) {
  WriteFile(dir_ / "victim", "precious");
  ASSERT_EQ(symlink((dir_ / "victim").c_str(), path_.c_str()), 0);
  EXPECT_TRUE(WriteFileAtomically(path_, "new").ok());
  EXPECT_EQ(ReadFile(dir_ / "victim"), "precious");
  EXPECT_EQ(ReadFile(path_), "new");
}

}  // namespace
}  // namespace flowmon
