// Runs real programs that are linked with the runtime and looks at the files they leave.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/flow_shm.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flowmon {
namespace {

using test::Ended;
using test::RunProgram;
using test::TempDir;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint64_t kHashOfNothing = 0xef46db3751d8e999;  // XXH64 of no bytes, seed 0

std::string Bin(const std::string& name) {
  return std::string(FLOWMON_BINARY_DIR) + "/bin/" + name;
}

// The files of one process, read by nothing but the documented layout.
struct ProcessFiles {
  flow_events_header header = {};
  std::vector<flow_event> slots;  // max_events of them
  std::vector<uint64_t> tallies;
  flow_coverage_header coverage_header = {};
  std::vector<uint8_t> map;
};

ProcessFiles ReadProcessFiles(const std::string& dir, const std::string& pid) {
  ProcessFiles files;
  const std::string events = test::ReadFile(dir + "/flow_events_" + pid);
  memcpy(&files.header, events.data(), sizeof(files.header));
  files.slots.resize(files.header.max_events);
  const size_t tallies_offset = sizeof(files.header) + files.slots.size() * sizeof(flow_event);
  memcpy(files.slots.data(), events.data() + sizeof(files.header),
         tallies_offset - sizeof(files.header));
  files.tallies.resize((events.size() - tallies_offset) / sizeof(uint64_t));
  if (!files.tallies.empty()) {
    memcpy(files.tallies.data(), events.data() + tallies_offset, events.size() - tallies_offset);
  }
  const std::string coverage = test::ReadFile(dir + "/df_coverage_" + pid);
  memcpy(&files.coverage_header, coverage.data(), sizeof(files.coverage_header));
  files.map.assign(coverage.begin() + sizeof(files.coverage_header), coverage.end());
  return files;
}

class RuntimeTest : public testing::Test {
 protected:
  using Environment = std::map<std::string, std::string>;

  Ended Run(std::vector<std::string> argv, const std::string& input,
            const Environment& extra = {}) {
    Environment environment = {{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", dir_.path()}};
    for (const auto& [name, value] : extra) environment[name] = value;
    return RunProgram({.argv = std::move(argv), .environment = environment, .input = input});
  }
  ProcessFiles RunSteps(const std::string& input, const Environment& extra = {}) {
    const Ended ended = Run({Bin("steps")}, input, extra);
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    return ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  }

  TempDir dir_ = TempDir::InSharedMemory();
};

TEST_F(RuntimeTest, RecordsSourceHitAndSinkByTheDocumentedLayout) {
  const ProcessFiles files = RunSteps("s1kxyz");
  EXPECT_EQ(files.header.num_events, 2u);
  EXPECT_EQ(files.header.max_events, FLOW_DEFAULT_MAX_EVENTS);
  EXPECT_EQ(files.header.flags, FLOW_EVENTS_BIRTH_KNOWN);
  ASSERT_THAT(files.slots, SizeIs(FLOW_DEFAULT_MAX_EVENTS));
  const flow_event &source = files.slots[0], &sink = files.slots[1];
  EXPECT_EQ(source.type, FLOW_EVENT_SOURCE);
  EXPECT_EQ(source.id, 1u);
  EXPECT_EQ(source.data_size, 5u);
  EXPECT_EQ(source.data_hash, XXH64("1kxyz", 5, 0));
  EXPECT_EQ(sink.type, FLOW_EVENT_SINK);
  EXPECT_EQ(sink.data_size, 3u);
  EXPECT_EQ(sink.data_hash, XXH64("xyz", 3, 0));
  EXPECT_LT(source.timestamp, sink.timestamp);
  EXPECT_EQ(files.slots[2].type, FLOW_EVENT_NONE);

  EXPECT_EQ(files.coverage_header.map_size, FLOW_DEFAULT_MAP_SIZE);
  ASSERT_THAT(files.map, SizeIs(FLOW_DEFAULT_MAP_SIZE));
  EXPECT_EQ(files.map[1], 1);
  EXPECT_EQ(std::count(files.map.begin(), files.map.end(), 0), FLOW_DEFAULT_MAP_SIZE - 1);
}

TEST_F(RuntimeTest, FilesAreOursAlone) {
  const Ended ended = Run({Bin("steps")}, "s");
  for (const char* prefix : {"/flow_events_", "/df_coverage_"}) {
    struct stat info;
    ASSERT_EQ(stat((dir_.path() + prefix + std::to_string(ended.pid)).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
  }
}

TEST_F(RuntimeTest, NothingIsCreatedWithoutAnEvent) {
  EXPECT_EQ(Run({Bin("steps")}, "x").exit_code, 0);
  EXPECT_THAT(test::ListNames(dir_.path()), IsEmpty());
}

TEST_F(RuntimeTest, HitAloneCreatesBothFiles) {
  const ProcessFiles files = RunSteps("2");
  EXPECT_EQ(files.header.num_events, 0u);
  EXPECT_EQ(files.map[2], 1);
}

TEST_F(RuntimeTest, HitsSaturate) { EXPECT_EQ(RunSteps("h").map[1], 255); }

TEST_F(RuntimeTest, EventsPastTheCapacityAreCountedExactly) {
  const ProcessFiles files =
      RunSteps("ook", {{"FLOW_MAX_EVENTS", "10"}, {"FLOW_MAX_EVENTS_PER_ID", "0"}});
  EXPECT_EQ(files.header.num_events, 2001u);
  EXPECT_EQ(files.header.max_events, 10u);
  ASSERT_THAT(files.slots, SizeIs(10));
  for (const flow_event& event : files.slots) EXPECT_EQ(event.type, FLOW_EVENT_SOURCE);
}

// 16 events of an id are stored, all others are in its tally.
TEST_F(RuntimeTest, EventsOfOneIdBeyondTheLimitAreCountedExactly) {
  const ProcessFiles files = RunSteps("ooskk");
  EXPECT_EQ(files.header.num_events, FLOW_DEFAULT_MAX_EVENTS_PER_ID + 2);
  ASSERT_THAT(files.tallies, SizeIs(FLOW_NUM_TALLIES(FLOW_DEFAULT_TALLIED_IDS)));
  EXPECT_EQ(files.tallies[0], FLOW_DEFAULT_MAX_EVENTS_PER_ID);
  EXPECT_EQ(files.tallies[FLOW_TALLY_OF(FLOW_EVENT_SOURCE, 1)], 2001u);
  EXPECT_EQ(files.tallies[FLOW_TALLY_OF(FLOW_EVENT_SINK, 1)], 2u);
  uint64_t sum = 0;
  for (const uint64_t tally : files.tallies) sum += tally;
  EXPECT_EQ(sum, FLOW_DEFAULT_MAX_EVENTS_PER_ID + 2003u);
}

TEST_F(RuntimeTest, IdsThatHaveNoTallyHaveNoLimit) {
  const ProcessFiles files = RunSteps("ok", {{"FLOW_TALLIED_IDS", "1"}});
  EXPECT_EQ(files.header.num_events, 1001u);
  EXPECT_THAT(files.tallies, SizeIs(3));
}

TEST_F(RuntimeTest, WithoutALimitThereAreNoTallies) {
  const ProcessFiles files = RunSteps("ok", {{"FLOW_MAX_EVENTS_PER_ID", "0"}});
  EXPECT_EQ(files.header.num_events, 1001u);
  EXPECT_THAT(files.tallies, IsEmpty());
}

TEST_F(RuntimeTest, ThreadsCountExactlyBeyondTheLimit) {
  const Ended ended =
      Run({Bin("concurrent_steps"), "threads"}, "", {{"FLOW_MAX_EVENTS_PER_ID", "3"}});
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  EXPECT_EQ(files.header.num_events, 8u * 2 * 3);
  for (uint32_t id = 0; id < 8; ++id) {
    EXPECT_EQ(files.tallies[FLOW_TALLY_OF(FLOW_EVENT_SOURCE, id)], 500u);
    EXPECT_EQ(files.tallies[FLOW_TALLY_OF(FLOW_EVENT_SINK, id)], 500u);
  }
}

TEST_F(RuntimeTest, SignalHandlersCountExactlyBeyondTheLimit) {
  const Ended ended = Run({Bin("concurrent_steps"), "settled_signals"}, "");
  uint32_t totals[2];
  ASSERT_EQ(ended.output.size(), sizeof(totals));
  memcpy(totals, ended.output.data(), sizeof(totals));
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  EXPECT_EQ(files.tallies[FLOW_TALLY_OF(FLOW_EVENT_SOURCE, 1)], totals[0]);
  EXPECT_EQ(files.tallies[FLOW_TALLY_OF(FLOW_EVENT_SINK, 2)], totals[1]);
}

// The hash of FLOW_MAX_HASHED's comment, by another way.
uint64_t HashOfSample(const std::string& data) {
  std::string sample;
  for (size_t i = 0; i < FLOW_SAMPLE_BLOCKS; ++i) {
    const size_t start = i * (data.size() - FLOW_SAMPLE_BLOCK) / (FLOW_SAMPLE_BLOCKS - 1);
    sample += data.substr(start, FLOW_SAMPLE_BLOCK);
  }
  for (size_t rest = data.size(), i = 0; i < 8; ++i, rest >>= 8)
    sample += static_cast<char>(rest & 0xff);
  return XXH64(sample.data(), sample.size(), 0);
}

TEST_F(RuntimeTest, DataIsHashedAsAWholeUpToTheLimitAndSampledBeyond) {
  const Ended ended = Run({Bin("large_data")}, "");
  ASSERT_EQ(ended.exit_code, 0);
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  ASSERT_EQ(files.header.num_events, 6u);
  const std::string data(ended.output);
  for (size_t i = 0; i < 4; ++i) {
    const size_t size = size_t{FLOW_MAX_HASHED} + i - 1;
    EXPECT_EQ(files.slots[i].data_size, size);
    EXPECT_EQ(files.slots[i].data_hash, size <= FLOW_MAX_HASHED
                                            ? XXH64(data.data(), size, 0)
                                            : HashOfSample(data.substr(0, size)));
  }
  EXPECT_EQ(files.slots[4].data_size, data.size());
  EXPECT_EQ(files.slots[4].data_hash, HashOfSample(data));
  // Larger than anything can be, as a negative size is: nothing is read.
  EXPECT_EQ(files.slots[5].data_size, UINT32_MAX);
  EXPECT_EQ(files.slots[5].data_hash, kHashOfNothing);
}

TEST_F(RuntimeTest, NullDataSizeZeroAndIdsOutsideTheMapAreDefined) {
  const ProcessFiles files = RunSteps("us", {{"DF_COVERAGE_MAP_SIZE", "100"}});
  ASSERT_EQ(files.header.num_events, 2u);
  EXPECT_EQ(files.slots[0].id, 4000000000u);
  EXPECT_EQ(files.slots[0].data_hash, kHashOfNothing);
  EXPECT_EQ(files.slots[0].data_size, 0u);
  EXPECT_EQ(files.slots[1].data_hash, kHashOfNothing);
  EXPECT_THAT(files.map, SizeIs(100));
  EXPECT_EQ(files.coverage_header.uncounted, 1u);
}

TEST_F(RuntimeTest, SettingsOutOfRangeFallBackToTheDefault) {
  for (const char* bad : {"0", "-1", "abc", "12x", "99999999999999999999", ""}) {
    const ProcessFiles files =
        RunSteps("s", {{"FLOW_MAX_EVENTS", bad}, {"DF_COVERAGE_MAP_SIZE", bad}});
    EXPECT_EQ(files.header.max_events, FLOW_DEFAULT_MAX_EVENTS) << bad;
    EXPECT_EQ(files.coverage_header.map_size, FLOW_DEFAULT_MAP_SIZE) << bad;
  }
}

TEST_F(RuntimeTest, OffWritesNothing) {
  Run({Bin("steps")}, "s1k", {{"FLOW_SHM", "off"}});
  EXPECT_THAT(test::ListNames(dir_.path()), IsEmpty());
}

TEST_F(RuntimeTest, AutoIsOffUnderAflWithoutThePlugin) {
  Run({Bin("steps")}, "s1k", {{"FLOW_SHM", "auto"}, {"__AFL_SHM_ID", "1"}, {FLOW_PLUGIN_ENV, ""}});
  EXPECT_THAT(test::ListNames(dir_.path()), IsEmpty());
}

TEST_F(RuntimeTest, AutoIsOnUnderAflWithThePlugin) {
  Run({Bin("steps")}, "s1k", {{"FLOW_SHM", ""}, {"__AFL_SHM_ID", "1"}, {FLOW_PLUGIN_ENV, "1"}});
  EXPECT_THAT(test::ListNames(dir_.path()), SizeIs(2));
}

TEST_F(RuntimeTest, AutoIsOnWithoutAfl) {
  Run({Bin("steps")}, "s1k", {{"FLOW_SHM", ""}, {"__AFL_SHM_ID", ""}});
  EXPECT_THAT(test::ListNames(dir_.path()), SizeIs(2));
}

TEST_F(RuntimeTest, DisabledMacrosCompileToNothing) {
  Run({Bin("disabled_steps")}, "s1k");
  EXPECT_THAT(test::ListNames(dir_.path()), IsEmpty());
}

TEST_F(RuntimeTest, EachProcessOfAForkHasItsOwnFiles) {
  const Ended ended = Run({Bin("steps")}, "sfxy");
  const std::vector<std::string> names = test::ListNames(dir_.path());
  ASSERT_THAT(names, SizeIs(4));
  const ProcessFiles parent = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  EXPECT_EQ(parent.header.num_events, 1u);
  for (const std::string& name : names) {
    if (name.rfind("flow_events_", 0) != 0 || name == "flow_events_" + std::to_string(ended.pid))
      continue;
    const ProcessFiles child = ReadProcessFiles(dir_.path(), name.substr(strlen("flow_events_")));
    EXPECT_EQ(child.header.num_events, 1u);
    EXPECT_EQ(child.slots[0].type, FLOW_EVENT_SINK);
    EXPECT_EQ(child.slots[0].data_hash, XXH64("xy", 2, 0));
    EXPECT_NE(child.header.birth, parent.header.birth);
  }
}

TEST_F(RuntimeTest, ReportsRightAfterForkGoToTheRightProcess) {
  Run({Bin("concurrent_steps"), "forks"}, "");
  std::map<uint32_t, int> sources, sinks;
  for (const std::string& name : test::ListNames(dir_.path())) {
    if (name.rfind("flow_events_", 0) != 0) continue;
    const ProcessFiles files = ReadProcessFiles(dir_.path(), name.substr(12));
    ASSERT_EQ(files.header.num_events, 2u) << name;
    EXPECT_EQ(files.slots[0].id, files.slots[1].id);
    ++sources[files.slots[0].id];
  }
  EXPECT_THAT(sources, ElementsAre(testing::Pair(0, 1), testing::Pair(1, 1), testing::Pair(2, 1),
                                   testing::Pair(3, 1)));
}

TEST_F(RuntimeTest, ThreadsLoseNoEventAndNoHit) {
  const Ended ended = Run({Bin("concurrent_steps"), "threads"}, "",
                          {{"FLOW_MAX_EVENTS", "16384"}, {"FLOW_MAX_EVENTS_PER_ID", "0"}});
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  ASSERT_EQ(files.header.num_events, 8000u);
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> by_type_and_thread;
  for (uint32_t i = 0; i < files.header.num_events; ++i)
    ++by_type_and_thread[{files.slots[i].type, files.slots[i].id}];
  EXPECT_THAT(by_type_and_thread, SizeIs(16));
  EXPECT_THAT(by_type_and_thread, Each(testing::Pair(testing::_, 500u)));
  for (uint32_t t = 0; t < 8; ++t) EXPECT_EQ(files.map[t], 255) << t;
  EXPECT_EQ(files.coverage_header.uncounted, 0u);
}

TEST_F(RuntimeTest, WhatThreadsLoseAtTheFirstEventIsCounted) {
  const Ended ended = Run({Bin("concurrent_steps"), "contended"}, "",
                          {{"FLOW_MAX_EVENTS", "16384"}, {"FLOW_MAX_EVENTS_PER_ID", "0"}});
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  EXPECT_EQ(files.header.num_events, 8000u);
  for (uint32_t t = 0; t < 8; ++t)
    EXPECT_TRUE(files.map[t] > 0 || files.coverage_header.uncounted > 0);
}

TEST_F(RuntimeTest, SignalHandlersReport) {
  const Ended ended = Run({Bin("concurrent_steps"), "signals"}, "",
                          {{"FLOW_MAX_EVENTS", "16384"}, {"FLOW_MAX_EVENTS_PER_ID", "0"}});
  uint32_t totals[2];
  ASSERT_EQ(ended.output.size(), sizeof(totals));
  memcpy(totals, ended.output.data(), sizeof(totals));
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  EXPECT_EQ(files.header.num_events, totals[0] + totals[1]);
}

TEST_F(RuntimeTest, AFileThatExistsIsNeverOpened) {
  // The pid is known only when the program runs: plant a link for every pid it may get.
  const std::string victim = dir_ / "victim";
  test::WriteFile(victim, "precious");
  const Ended probe = Run({Bin("steps")}, "x");
  for (pid_t pid = probe.pid + 1; pid < probe.pid + 400; ++pid)
    ASSERT_EQ(symlink(victim.c_str(), (dir_ / ("flow_events_" + std::to_string(pid))).c_str()), 0);
  const Ended ended = Run({Bin("steps")}, "s1k");
  ASSERT_GT(ended.pid, probe.pid);
  ASSERT_LT(ended.pid, probe.pid + 400);
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(test::ReadFile(victim), "precious");
  EXPECT_EQ(access((dir_ / ("df_coverage_" + std::to_string(ended.pid))).c_str(), F_OK), -1);
}

TEST_F(RuntimeTest, NothingIsCreatedBelowAQuarterOfFreeSpace) {
  // A small tmpfs of our own, in a mount namespace of our own, so that nothing is left.
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(10);
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(11);
    if (mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=1m") != 0) _exit(12);
    test::WriteFile(dir_ / "ballast", std::string(700 << 10, 'x'));
    Run({Bin("steps")}, "s1k");
    if (test::ListNames(dir_.path()).size() != 3) _exit(13);  // 30 % free: both files
    test::WriteFile(dir_ / "ballast", std::string(800 << 10, 'x'));
    Run({Bin("steps")}, "s1k");
    _exit(test::ListNames(dir_.path()).size() == 3 ? 0 : 14);  // 20 % free: none
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(RuntimeTest, UnderAsanOnlyWhatIsThereIsRead) {
  const Ended ended = Run({Bin("asan_reads")}, "");
  EXPECT_EQ(ended.output, "reached the end\n");
  const ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  ASSERT_EQ(files.header.num_events, 6u);
  std::vector<uint32_t> sizes;
  for (uint32_t i = 0; i < 6; ++i) sizes.push_back(files.slots[i].data_size);
  EXPECT_THAT(sizes, ElementsAre(16, 0, 0, 16, 0, 5));
  EXPECT_EQ(files.slots[3].data_hash, XXH64("xxxxxxxxxxxxxxxx", 16, 0));
}

TEST_F(RuntimeTest, LimitsOfTheTargetEndNothing) {
  const Ended small_files = Run({"/bin/sh", "-c", "ulimit -f 0; exec " + Bin("steps")}, "s1k");
  EXPECT_EQ(small_files.exit_code, 0) << small_files.signal;
  EXPECT_EQ(Run({Bin("hard_steps")}, "ls1k").exit_code, 0);
  EXPECT_THAT(test::ListNames(dir_.path()), IsEmpty());
}

// Only where no dead namesake's files can be, in a directory of the plugin's.
TEST_F(RuntimeTest, AnExecutedProgramGoesOnInTheFilesOfItsProcess) {
  const std::string plugin = std::to_string(getpid());
  const Ended ended = Run({Bin("hard_steps")}, "s1es1k", {{FLOW_PLUGIN_ENV, plugin}});
  ProcessFiles files = ReadProcessFiles(dir_.path(), std::to_string(ended.pid));
  EXPECT_EQ(files.header.num_events, 3u);
  EXPECT_EQ(files.slots[2].type, FLOW_EVENT_SINK);
  EXPECT_EQ(files.map[1], 2);

  const Ended bare = Run({Bin("hard_steps")}, "s1es1k", {{FLOW_PLUGIN_ENV, ""}});
  files = ReadProcessFiles(dir_.path(), std::to_string(bare.pid));
  EXPECT_EQ(files.header.num_events, 1u);
}

TEST_F(RuntimeTest, AnExecutedProgramTakesNoFileThatIsNotItsOwn) {
  const std::string plugin = std::to_string(getpid());
  // Its own pid's, and yet of another size than it would have made it.
  const Ended ended = Run(
      {"/bin/sh", "-c", "echo planted >" + dir_.path() + "/flow_events_$$; exec " + Bin("steps")},
      "s1k", {{FLOW_PLUGIN_ENV, plugin}});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(test::ReadFile(dir_ / ("flow_events_" + std::to_string(ended.pid))), "planted\n");
  EXPECT_THAT(test::ListNames(dir_.path()), SizeIs(1));
}

TEST_F(RuntimeTest, AnExecutedProgramThatCannotGoOnLeavesWhatIsThere) {
  const std::string plugin = std::to_string(getpid());
  const Ended before = Run({Bin("steps")}, "s1k");
  const std::string events = dir_ / ("flow_events_" + std::to_string(before.pid));
  const std::string script = "cd " + dir_.path() + "; cp " + events +
                             " flow_events_$$; echo planted >df_coverage_$$; exec " + Bin("steps");
  const Ended ended = Run({"/bin/sh", "-c", script}, "s1k", {{FLOW_PLUGIN_ENV, plugin}});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(test::ReadFile(dir_ / ("flow_events_" + std::to_string(ended.pid))),
            test::ReadFile(events));
}

TEST_F(RuntimeTest, UnwritableDirectoryStopsNothing) {
  EXPECT_EQ(Run({Bin("steps")}, "s1k", {{"FLOW_SHM_DIR", "/nowhere"}}).exit_code, 0);
}

}  // namespace
}  // namespace flowmon
