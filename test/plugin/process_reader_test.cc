#include "plugin/process_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "plugin/unique_fd.h"
#include "test/plugin/process_files.h"
#include "test/plugin/process_reader_fixture.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::CoverageBytes;
using test::CoveragePath;
using test::EventsBytes;
using test::EventsPath;
using test::IdleProcess;
using test::SinkAt;
using test::SourceAt;
using test::WriteFile;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(PidOfProcessFileTest, OnlyOurNamesHaveAPid) {
  const struct {
    std::string name;
    pid_t pid;
  } cases[] = {
      {"flow_events_1", 1},
      {"df_coverage_4194304", 4194304},
      {"flow_events_2147483647", 2147483647},
      {"flow_events_2147483648", 0},
      {"flow_events_99999999999", 0},
      {"flow_events_", 0},
      {"flow_events_0", 0},
      {"flow_events_01", 0},
      {"flow_events_-1", 0},
      {"flow_events_+1", 0},
      {"flow_events_1x", 0},
      {"flow_events_1.tmp", 0},
      {"flow_events_1 ", 0},  // would be read as the file of pid 1, and never be removed
      {"flow_events_1\n", 0},
      {"flow_events_ 1", 0},
      {"flow_events_1_2", 0},
      {std::string("flow_events_1\0", 14), 0},
      {"flow_events_flow_events_1", 0},
      {"df_coverage_", 0},
      {"xflow_events_1", 0},
      {"FLOW_EVENTS_1", 0},
      {"flow_events1", 0},
      {"1", 0},
      {"", 0},
  };
  for (const auto& c : cases) EXPECT_EQ(PidOfProcessFile(c.name), c.pid) << c.name;
}

// Written out byte by byte, so that no struct of ours takes part.
TEST_F(ProcessReaderTest, ReadsTheDocumentedLayout) {
  const unsigned char events[] = {
      2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // 2 events,
                                                       // room for
                                                       // 4
      1, 0, 0, 0, 7, 0, 0, 0, 0x15, 0xcd, 0x5b, 7, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 5, 0, 0, 0,
      0, 0, 0, 0,  // source 7, 5
                   // bytes
      2, 0, 0, 0, 0, 0x28, 0x6b, 0xee, 0x16, 0xcd, 0x5b, 7, 1, 0, 0, 0, 0x99, 0xe9, 0xd8, 0x51,
      0x37, 0xdb, 0x46, 0xef, 0, 0, 0, 0, 0, 0, 0, 0,  // sink 4e9
  };
  const unsigned char coverage[] = {5, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 255, 2};
  std::string bytes(events, events + sizeof(events));
  bytes.resize(16 + 4 * 32);
  WriteEvents(bytes);
  WriteCoverage(std::string(coverage, coverage + sizeof(coverage)));

  const Execution& execution = Take(dead_);
  const auto pid = static_cast<uint32_t>(dead_);
  EXPECT_THAT(execution.events,
              ElementsAre(Event{123456789, 0x0102030405060708, 7, 5, pid, false},
                          Event{0x1075bcd16, 0xef46db3751d8e999, 4000000000, 0, pid, true}));
  EXPECT_THAT(execution.hits, ElementsAre(Hit{1, 1}, Hit{3, 255}, Hit{4, 2}));
  EXPECT_THAT(execution.pids, ElementsAre(pid));
  EXPECT_EQ(execution.events_produced, 2u);
  EXPECT_EQ(execution.events_dropped(), 0u);
  EXPECT_EQ(execution.hits_uncounted, 3u);
  EXPECT_EQ(execution.events_late, 0u) << "zero in a reserved field means unknown";
}

TEST_F(ProcessReaderTest, WhatIsNotThereIsNoProcess) {
  EXPECT_THAT(Take(dead_).pids, IsEmpty());
  EXPECT_EQ(execution_.events_produced, 0u);
  EXPECT_EQ(reader_.num_refused(), 0u);
}

TEST_F(ProcessReaderTest, EachFileIsReadWithoutTheOther) {
  WriteEvents(EventsBytes({SourceAt(1, 1)}));
  EXPECT_THAT(Take(dead_).events, SizeIs(1));
  EXPECT_THAT(execution_.hits, IsEmpty());
  WriteCoverage(CoverageBytes("\1"));
  EXPECT_THAT(Take(dead_).hits, ElementsAre(Hit{0, 1}));
  EXPECT_THAT(execution_.events, IsEmpty());
  EXPECT_THAT(execution_.pids, ElementsAre(static_cast<uint32_t>(dead_)));
}

TEST_F(ProcessReaderTest, AProcessThatReportedNothingIsNotListed) {
  WriteEvents(EventsBytes({0, 1, 0, 0}, {SourceAt(1, 1)}));
  WriteCoverage(CoverageBytes(std::string(100, '\0')));
  EXPECT_THAT(Take(dead_).pids, IsEmpty());
  EXPECT_THAT(execution_.events, IsEmpty());
}

TEST_F(ProcessReaderTest, AnUncountedHitAloneMakesAProcess) {
  WriteCoverage(CoverageBytes("", 1));
  EXPECT_THAT(Take(dead_).pids, SizeIs(1));
  EXPECT_EQ(execution_.hits_uncounted, 1u);
}

TEST_F(ProcessReaderTest, EventsPastTheCapacityAreOverflow) {
  WriteEvents(EventsBytes({1000, 2, 0, 0}, {SourceAt(1, 1), SinkAt(2, 1)}));
  EXPECT_THAT(Take(dead_).events, SizeIs(2));
  EXPECT_EQ(execution_.events_produced, 1000u);
  EXPECT_EQ(execution_.events_overflowed, 998u);
  EXPECT_EQ(execution_.events_torn, 0u);
}

TEST_F(ProcessReaderTest, SlotsThatHoldNoEventAreTorn) {
  flow_event none = SourceAt(2, 2), three = SinkAt(3, 3), huge = SinkAt(4, 4);
  none.type = FLOW_EVENT_NONE;
  three.type = 3;
  huge.type = 0xffffffff;
  WriteEvents(EventsBytes({SourceAt(1, 1), none, three, huge, SinkAt(5, 5)}));
  EXPECT_THAT(Take(dead_).events, SizeIs(2));
  EXPECT_EQ(execution_.events[1].id, 5u);
  EXPECT_EQ(execution_.events_torn, 3u);
  EXPECT_EQ(execution_.events_overflowed, 0u);
}

// What a header claims, against a file that holds three slots.
TEST_F(ProcessReaderTest, AHeaderThatLiesIsBelievedAsFarAsTheFileGoes) {
  const struct {
    uint32_t num_events, max_events;
    uint64_t events, overflowed, torn;
  } cases[] = {
      {3, 3, 3, 0, 0},
      {2, 3, 2, 0, 0},
      {3, 2, 2, 1, 0},
      {0, 0xffffffff, 0, 0, 0},
      {3, 0xffffffff, 3, 0, 0},
      {0xffffffff, 3, 3, 0xfffffffc, 0},
      {0xffffffff, 0, 0, 0xffffffff, 0},
      // Slots that the header promises and the file does not have never became events; that the
      // array was full, nobody said.
      {5, 5, 3, 0, 2},
      {6, 5, 3, 1, 2},
      {0xffffffff, 0xffffffff, 3, 0, 0xfffffffc},
      {0x80000000, 0x7fffffff, 3, 1, 0x7ffffffc},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(testing::Message() << c.num_events << " of " << c.max_events);
    WriteEvents(EventsBytes({c.num_events, c.max_events, 0, 0},
                            {SourceAt(1, 1), SinkAt(2, 1), SinkAt(3, 1)}));
    Take(dead_);
    EXPECT_EQ(execution_.events_produced, c.num_events);
    EXPECT_EQ(execution_.events.size(), c.events);
    EXPECT_EQ(execution_.events_overflowed, c.overflowed);
    EXPECT_EQ(execution_.events_torn, c.torn);
    EXPECT_THAT(Names(), IsEmpty());
  }
}

TEST_F(ProcessReaderTest, AnEventFileMayEndAnywhere) {
  const std::string whole = EventsBytes({SourceAt(1, 1), SinkAt(2, 1)});
  for (size_t size = 0; size <= whole.size(); ++size) {
    const uint64_t refused_before = reader_.num_refused();
    WriteEvents(whole.substr(0, size));
    Take(dead_);
    const bool has_header = size >= sizeof(flow_events_header);
    EXPECT_EQ(execution_.events.size(),
              has_header ? (size - sizeof(flow_events_header)) / sizeof(flow_event) : 0);
    EXPECT_EQ(execution_.events_produced, has_header ? 2u : 0u);
    // An empty file is one that its process was about to fill.
    EXPECT_EQ(reader_.num_refused() - refused_before, size != 0 && !has_header ? 1u : 0u) << size;
    EXPECT_THAT(Names(), IsEmpty());
  }
}

TEST_F(ProcessReaderTest, ACoverageFileMayEndAnywhere) {
  const std::string whole = CoverageBytes("\1\2\3\4\5\6\7\x8\x9\xa");
  for (size_t size = 0; size <= whole.size(); ++size) {
    const uint64_t refused_before = reader_.num_refused();
    WriteCoverage(whole.substr(0, size));
    Take(dead_);
    const size_t header = sizeof(flow_coverage_header);
    EXPECT_THAT(execution_.hits, SizeIs(size > header ? size - header : 0));
    EXPECT_EQ(reader_.num_refused() - refused_before, size != 0 && size < header ? 1u : 0u);
    EXPECT_THAT(Names(), IsEmpty());
  }
}

TEST_F(ProcessReaderTest, AMapThatLiesAboutItsSizeEndsWithTheFileOrWithItself) {
  for (const auto& [claimed, hits] : std::vector<std::pair<uint32_t, size_t>>{
           {0, 0}, {1, 1}, {3, 3}, {4, 4}, {5, 4}, {FLOW_LIMIT_MAP_SIZE + 1, 4}, {0xffffffff, 4}}) {
    WriteCoverage(test::BytesOf(flow_coverage_header{claimed, 0}) + "\1\1\1\1");
    EXPECT_THAT(Take(dead_).hits, SizeIs(hits)) << claimed;
  }
}

TEST_F(ProcessReaderTest, SparseMapsAreReadWherePagesWereTouched) {
  // Around the borders of pages of the file; the map begins 8 bytes into it.
  const uint32_t map_size = 1 << 20;
  std::vector<uint32_t> ids = {0, map_size - 1, 70000};
  for (const uint32_t page : {1u, 2u, 3u, 16u, 100u, 255u})
    for (const uint32_t offset : {page * 4096 - 1, page * 4096}) ids.push_back(offset - 8);
  std::sort(ids.begin(), ids.end());
  const UniqueFd fd(open(CoveragePath(dir_.path(), dead_).c_str(), O_RDWR | O_CREAT, 0600));
  const std::string header = test::BytesOf(flow_coverage_header{map_size, 0});
  ASSERT_EQ(ftruncate(fd.get(), 8 + map_size), 0);
  ASSERT_EQ(pwrite(fd.get(), header.data(), 8, 0), 8);
  for (const uint32_t id : ids) ASSERT_EQ(pwrite(fd.get(), "\5", 1, 8 + id), 1);

  std::vector<Hit> expected;
  expected.reserve(ids.size());
  for (const uint32_t id : ids) expected.push_back({id, 5});
  EXPECT_EQ(Take(dead_).hits, expected);
}

TEST_F(ProcessReaderTest, RandomSparseMapsAreReadAndEmptiedCompletely) {
  const IdleProcess live;
  std::mt19937 random(3);
  const uint32_t map_size = 300'000;
  const UniqueFd fd(open(CoveragePath(dir_.path(), live.pid()).c_str(), O_RDWR | O_CREAT, 0600));
  const std::string header = test::BytesOf(flow_coverage_header{map_size, 0});
  ASSERT_EQ(ftruncate(fd.get(), 8 + map_size), 0);
  ASSERT_EQ(pwrite(fd.get(), header.data(), 8, 0), 8);
  for (int round = 0; round < 50; ++round) {
    std::vector<uint8_t> map(map_size);
    for (uint32_t n = random() % 40; n > 0; --n) {
      const uint32_t id = random() % map_size;
      map[id] = static_cast<uint8_t>(1 + random() % 255);
      ASSERT_EQ(pwrite(fd.get(), &map[id], 1, 8 + id), 1);
    }
    std::vector<Hit> expected;
    for (uint32_t id = 0; id < map_size; ++id)
      if (map[id] != 0) expected.push_back({id, map[id]});
    EXPECT_EQ(Take(live.pid()).hits, expected);
    EXPECT_THAT(Take(live.pid()).hits, IsEmpty());
  }
}

TEST_F(ProcessReaderTest, HitsOfSeveralProcessesAddUp) {
  const pid_t other = test::DeadPid();
  WriteCoverage(CoverageBytes(std::string("\0\1\xff\x80", 4), 0xffffffff));
  WriteFile(CoveragePath(dir_.path(), other), CoverageBytes(std::string("\1\2\1\x80", 4), 1));
  reader_.Take(dir_fd_.get(), dead_, kRunStart, execution_);
  reader_.Take(dir_fd_.get(), other, kRunStart, execution_);
  execution_.MergeHits();
  EXPECT_THAT(execution_.hits, ElementsAre(Hit{0, 1}, Hit{1, 3}, Hit{2, 255}, Hit{3, 255}));
  EXPECT_EQ(execution_.hits_uncounted, 0x100000000u);
}

TEST_F(ProcessReaderTest, ProcessesBornBeforeTheRunAreLate) {
  const struct {
    uint32_t birth, flags, run_start;
    bool is_late;
  } cases[] = {
      {999, kKnown, 1000, true},
      {1000, kKnown, 1000, false},
      {1001, kKnown, 1000, false},
      {999, kKnown | kRoot, 1000, false},  // a persistent child of the forkserver
      {999, 0, 1000, false},               // a writer that does not know
      {999, kRoot, 1000, false},
      {999, kKnown | 0x80000000, 1000, true},  // a flag that we do not know
      // The clock's low bits wrap every 73 minutes.
      {0xffffffff, kKnown, 0, true},
      {0xffffff00, kKnown, 0x100, true},
      {0, kKnown, 0xffffffff, false},
      {0x100, kKnown, 0xffffff00, false},
      {0x80000001, kKnown, 0, true},
      {0x7fffffff, kKnown, 0, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(testing::Message() << c.birth << " " << c.flags << " " << c.run_start);
    WriteEvents(EventsBytes({1, 1, c.birth, c.flags}, {SourceAt(1, 1)}));
    execution_.Clear();
    reader_.Take(dir_fd_.get(), dead_, c.run_start, execution_);
    EXPECT_EQ(execution_.events_late, c.is_late ? 1u : 0u);
    EXPECT_EQ(execution_.events.size(), c.is_late ? 0u : 1u);
    EXPECT_EQ(execution_.pids.size(), c.is_late ? 0u : 1u);
  }
}

TEST_F(ProcessReaderTest, ALateProcessLeavesNothingInTheExecution) {
  const pid_t before = test::DeadPid(), late = test::DeadPid(), after = test::DeadPid();
  for (const pid_t pid : {before, after}) {
    flow_event torn = SourceAt(1, 1);
    torn.type = 0;
    WriteFile(EventsPath(dir_.path(), pid),
              EventsBytes({5, 3, kRunStart, kKnown}, {SourceAt(1, 1), torn, SinkAt(2, 2)}));
    WriteFile(CoveragePath(dir_.path(), pid), CoverageBytes("\1\2", 3));
    reader_.Take(dir_fd_.get(), pid, kRunStart, execution_);
  }
  const Execution own = execution_;
  execution_.Clear();
  for (const pid_t pid : {before, late, after}) {
    flow_event torn = SourceAt(1, 1);
    torn.type = 0;
    WriteFile(EventsPath(dir_.path(), pid),
              EventsBytes({5, 3, kRunStart - (pid == late ? 1 : 0), kKnown},
                          {SourceAt(1, 1), torn, SinkAt(2, 2)}));
    WriteFile(CoveragePath(dir_.path(), pid), CoverageBytes("\1\2", 3));
    reader_.Take(dir_fd_.get(), pid, kRunStart, execution_);
  }
  const auto ids = [](const Execution& e) {
    std::vector<uint32_t> result;
    for (const Event& event : e.events) result.push_back(event.id);
    return result;
  };
  EXPECT_EQ(ids(execution_), ids(own));
  EXPECT_EQ(execution_.hits, own.hits);
  EXPECT_EQ(execution_.pids, own.pids);
  EXPECT_EQ(execution_.events_overflowed, own.events_overflowed);
  EXPECT_EQ(execution_.events_torn, own.events_torn);
  EXPECT_EQ(execution_.hits_uncounted, own.hits_uncounted);
  EXPECT_EQ(execution_.events_late, 5u);
  EXPECT_EQ(execution_.hits_late, 5u) << "2 ids and 3 hits without a counter";
  EXPECT_EQ(execution_.events_produced, own.events_produced + 5);
}

TEST_F(ProcessReaderTest, TheRunsRootIsTheFirstProcess) {
  const pid_t other = test::DeadPid();
  WriteEvents(EventsBytes({1, 1, kRunStart, kKnown}, {SourceAt(1, 1)}));
  WriteFile(EventsPath(dir_.path(), other),
            EventsBytes({1, 1, kRunStart, kKnown | kRoot}, {SourceAt(1, 1)}));
  reader_.Take(dir_fd_.get(), dead_, kRunStart, execution_);
  reader_.Take(dir_fd_.get(), other, kRunStart, execution_);
  EXPECT_THAT(execution_.pids,
              ElementsAre(static_cast<uint32_t>(other), static_cast<uint32_t>(dead_)));
}

TEST_F(ProcessReaderTest, FilesOfADeadProcessAreRemoved) {
  WriteEvents(EventsBytes({SourceAt(1, 1)}));
  WriteCoverage(CoverageBytes("\1"));
  Take(dead_);
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(ProcessReaderTest, FilesOfALiveProcessAreEmptiedInPlace) {
  IdleProcess live;
  const std::string events = EventsPath(dir_.path(), live.pid());
  const std::string coverage = CoveragePath(dir_.path(), live.pid());
  WriteFile(events, EventsBytes({3, 2, kRunStart, kKnown | kRoot}, {SourceAt(1, 1), SinkAt(2, 1)}));
  WriteFile(coverage, CoverageBytes(std::string("\0\1\0\2", 4), 9));
  struct stat before, after;
  ASSERT_EQ(stat(events.c_str(), &before), 0);
  EXPECT_THAT(Take(live.pid()).events, SizeIs(2));
  EXPECT_THAT(execution_.hits, SizeIs(2));

  ASSERT_EQ(stat(events.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(test::ReadFile(events),
            EventsBytes({0, 2, kRunStart, kKnown | kRoot}, {flow_event{}, flow_event{}}));
  EXPECT_EQ(test::ReadFile(coverage), CoverageBytes(std::string(4, '\0'), 0));
  EXPECT_THAT(Take(live.pid()).pids, IsEmpty());

  live.BecomeZombie();  // its pid cannot be given to another yet
  Take(live.pid());
  EXPECT_THAT(Names(), SizeIs(2));
  live.End();
  Take(live.pid());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(ProcessReaderTest, OneProcessIsEmptiedLikeItselfAndNotLikeTheLast) {
  const IdleProcess large, small;
  WriteFile(CoveragePath(dir_.path(), large.pid()), CoverageBytes(std::string(100'000, '\1')));
  WriteFile(CoveragePath(dir_.path(), small.pid()), CoverageBytes(std::string(10, '\0')));
  Take(large.pid());
  Take(small.pid());
  EXPECT_EQ(test::ReadFile(CoveragePath(dir_.path(), small.pid())),
            CoverageBytes(std::string(10, '\0')));
}

// What a persistent process does: it keeps both files mapped, from execution to execution.
TEST_F(ProcessReaderTest, AProcessGoesOnInItsEmptiedFiles) {
  constexpr uint32_t kSlots = 200, kMapSize = 20000;
  const auto map = [&](const std::string& path, const std::string& header, size_t size) {
    WriteFile(path, header);
    EXPECT_EQ(truncate(path.c_str(), static_cast<off_t>(size)), 0);
    const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
    return static_cast<char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0));
  };
  const size_t events_size = sizeof(flow_events_header) + kSlots * sizeof(flow_event);
  char* const events =
      map(EventsPath(dir_.path(), getpid()),
          test::BytesOf(flow_events_header{0, kSlots, 1, kKnown | kRoot}), events_size);
  char* const coverage = map(CoveragePath(dir_.path(), getpid()),
                             test::BytesOf(flow_coverage_header{kMapSize, 0}), 8 + kMapSize);
  ASSERT_NE(events, MAP_FAILED);
  ASSERT_NE(coverage, MAP_FAILED);
  std::mt19937 random(6);
  for (uint32_t round = 0; round < 100; ++round) {
    const uint32_t num_events = random() % (kSlots + 20), hit = random() % kMapSize;
    for (uint32_t i = 0; i < std::min(num_events, kSlots); ++i) {
      const flow_event event = SourceAt(i, round);
      memcpy(events + sizeof(flow_events_header) + i * sizeof(event), &event, sizeof(event));
    }
    memcpy(events, &num_events, sizeof(num_events));
    coverage[8 + hit] = 1;
    Take(getpid());
    EXPECT_EQ(execution_.events_produced, num_events);
    EXPECT_EQ(execution_.events.size(), std::min(num_events, kSlots));
    EXPECT_EQ(execution_.events_torn, 0u);
    for (const Event& event : execution_.events) EXPECT_EQ(event.id, round);
    EXPECT_THAT(execution_.hits, ElementsAre(Hit{hit, 1}));
    EXPECT_TRUE(std::all_of(events + sizeof(flow_events_header), events + events_size,
                            [](char byte) { return byte == 0; }));
    EXPECT_TRUE(
        std::all_of(coverage + 8, coverage + 8 + kMapSize, [](char byte) { return byte == 0; }));
  }
  munmap(events, events_size);
  munmap(coverage, 8 + kMapSize);
}

TEST_F(ProcessReaderTest, ARealTargetIsReadWhileItRuns) {
  const auto start = static_cast<uint32_t>(test::MonotonicNow() >> 10);
  test::RunningProgram steps({.argv = {std::string(FLOWMON_BINARY_DIR) + "/bin/steps"},
                              .environment = {{"FLOW_SHM", "files"}, {"FLOW_SHM_DIR", dir_.path()}},
                              .input = "s1t!k2"});
  const pid_t pid = steps.pid();
  const auto has_reported = [&] {
    std::ifstream in(CoveragePath(dir_.path(), pid), std::ios::binary);
    return in.seekg(8 + 1) && in.get() == 1;
  };
  while (!has_reported()) usleep(1000);
  EXPECT_THAT(Take(pid, start).events, SizeIs(1));
  EXPECT_THAT(execution_.hits, ElementsAre(Hit{1, 1}));
  EXPECT_THAT(Take(pid).pids, IsEmpty());
  EXPECT_THAT(Names(), SizeIs(2));
  kill(pid, SIGKILL);
  steps.Wait();
  EXPECT_THAT(Take(pid).pids, IsEmpty());
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(ProcessReaderTest, AFileThatItsProcessIsAboutToFillIsLeftAlone) {
  IdleProcess live;
  const std::string whole = EventsBytes({SourceAt(1, 1)});
  for (size_t size = 0; size < sizeof(flow_events_header); ++size) {
    WriteFile(EventsPath(dir_.path(), live.pid()), whole.substr(0, size));
    EXPECT_THAT(Take(live.pid()).pids, IsEmpty());
  }
  EXPECT_EQ(reader_.num_refused(), 0u);
  WriteFile(EventsPath(dir_.path(), live.pid()), whole);
  EXPECT_THAT(Take(live.pid()).events, SizeIs(1));
  WriteFile(EventsPath(dir_.path(), live.pid()), "short");
  live.End();
  Take(live.pid());
  EXPECT_EQ(reader_.num_refused(), 1u);
  EXPECT_THAT(Names(), IsEmpty());
}

}  // namespace
}  // namespace flowmon
