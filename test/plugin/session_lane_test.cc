// The session region from both of its ends: the plugin's, and a target's that keeps to the protocol
// or does anything but.

#include "plugin/session_lane.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::RunProgram;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SessionLaneTest : public testing::Test {
 protected:
  explicit SessionLaneTest(uint32_t max_events = 64, uint32_t map_size = 100, EventLimit limit = {})
      : lane_(*SessionLane::Create(max_events, map_size, limit)) {
    // A second mapping, as a target has it.
    struct stat info;
    fstat(fd(), &info);
    size_ = static_cast<size_t>(info.st_size);
    region_ =
        static_cast<uint8_t*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd(), 0));
    session_ = reinterpret_cast<flow_session*>(region_);
  }
  ~SessionLaneTest() override { munmap(region_, size_); }

  int fd() const { return std::stoi(lane_->setting()); }
  const Execution& Collect() {
    execution_.Clear();
    lane_->Collect(execution_);
    execution_.Normalize();
    return execution_;
  }
  // Runs steps.c with this region, as one execution.
  const Execution& Run(const std::string& input) {
    lane_->BeginRun();
    const test::Ended ended =
        RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/steps"},
                    .environment = {{"FLOW_SHM", ""},
                                    {FLOW_PLUGIN_ENV, std::to_string(getpid())},
                                    {FLOW_SESSION_ENV, lane_->setting()},
                                    {"FLOW_SHM_DIR", "/nowhere/at/all"}},
                    .input = input});
    last_pid_ = static_cast<uint32_t>(ended.pid);
    return Collect();
  }

  std::unique_ptr<SessionLane> lane_;
  uint8_t* region_;
  flow_session* session_;
  size_t size_;
  Execution execution_;
  uint32_t last_pid_ = 0;
};

TEST_F(SessionLaneTest, TheTargetsDatabaseIsCompared) {
  Run("s");
  EXPECT_EQ(lane_->CompareDatabase(7), DatabaseFit::kNoDifference) << "not by flow-cc: unknown";
  session_->database = 7;
  EXPECT_EQ(lane_->CompareDatabase(7), DatabaseFit::kNoDifference);
  EXPECT_EQ(lane_->CompareDatabase(8), DatabaseFit::kOther);
  session_->has_several_databases = 1;
  EXPECT_EQ(lane_->CompareDatabase(7), DatabaseFit::kSeveral);
}

TEST_F(SessionLaneTest, ARealTargetReportsIntoTheRegion) {
  EXPECT_FALSE(lane_->is_attached());
  const Execution& execution = Run("s13k");
  EXPECT_TRUE(lane_->is_attached());
  ASSERT_THAT(execution.events, SizeIs(2));
  EXPECT_EQ(execution.num_sources, 1u);
  EXPECT_EQ(execution.events[0].size, 3u);
  EXPECT_EQ(execution.events[0].pid, last_pid_);
  EXPECT_THAT(execution.pids, ElementsAre(last_pid_));
  EXPECT_THAT(execution.hits, ElementsAre(Hit{1, 1}, Hit{3, 1}));
  EXPECT_EQ(execution.events_produced, 2u);
}

TEST_F(SessionLaneTest, EachExecutionStartsClean) {
  Run("s123kh");
  EXPECT_THAT(Run("2").hits, ElementsAre(Hit{2, 1}));
  EXPECT_THAT(execution_.events, IsEmpty());
  EXPECT_THAT(Run("x").pids, IsEmpty());
}

TEST_F(SessionLaneTest, ARunIsMarkedEvenIfNothingIsReported) {
  lane_->BeginRun();
  // The shell stands between this process and the target as a forkserver does.
  RunProgram({.argv = {"/bin/sh", "-c", FLOWMON_BINARY_DIR "/bin/steps; exit $?"},
              .environment = {{FLOW_PLUGIN_ENV, std::to_string(getpid())},
                              {FLOW_SESSION_ENV, lane_->setting()}},
              .input = "x"});
  Collect();
  EXPECT_TRUE(lane_->target_ran());
  EXPECT_TRUE(lane_->marks_runs());
  EXPECT_THAT(execution_.pids, IsEmpty());
  lane_->BeginRun();
  Collect();
  EXPECT_FALSE(lane_->target_ran());
}

TEST_F(SessionLaneTest, AProgramWithoutTheDescriptorFindsTheRegionAllTheSame) {
  lane_->BeginRun();
  RunProgram({.argv = {"/bin/sh", "-c",
                       "exec " FLOWMON_BINARY_DIR "/bin/steps " + std::to_string(fd()) + ">&-"},
              .environment = {{FLOW_PLUGIN_ENV, std::to_string(getpid())},
                              {FLOW_SESSION_ENV, lane_->setting()},
                              {"FLOW_SHM_DIR", "/nowhere/at/all"}},
              .input = "s1k"});
  EXPECT_THAT(Collect().events, SizeIs(2));
}

TEST_F(SessionLaneTest, IdsAreInTheOrderOfTheirFirstHits) {
  EXPECT_THAT(Run("3213").hits, ElementsAre(Hit{3, 2}, Hit{2, 1}, Hit{1, 1}));
}

TEST_F(SessionLaneTest, CountsSaturateAndOverflowIsExact) {
  Run("hoos");
  EXPECT_THAT(execution_.hits, ElementsAre(Hit{1, 255}));
  EXPECT_THAT(execution_.events, SizeIs(64));
  EXPECT_EQ(execution_.events_produced, 2001u);
  EXPECT_EQ(execution_.events_overflowed, 2001u - 64);
}

TEST_F(SessionLaneTest, ChildrenThatAreWaitedForBelongToTheRun) {
  Run("s1fAB");
  ASSERT_THAT(execution_.pids, SizeIs(2));
  EXPECT_EQ(execution_.pids[0], last_pid_);
  EXPECT_EQ(execution_.events[1].pid, execution_.pids[1]);
  EXPECT_TRUE(execution_.events[1].is_sink);
}

TEST_F(SessionLaneTest, LateGrandchildrenAreCountedAndReachNoExecution) {
  EXPECT_THAT(Run("l").events, IsEmpty());
  lane_->BeginRun();
  // The grandchild reports after 20 ms, or when there is a core for it, into the next execution.
  for (int i = 0; i < 1000 && std::atomic_ref(session_->late_events).load() == 0; ++i)
    usleep(10000);
  const Execution& next = Collect();
  EXPECT_THAT(next.events, IsEmpty());
  EXPECT_THAT(next.pids, IsEmpty());
  EXPECT_EQ(next.events_late, 1u);
  EXPECT_EQ(next.events_produced, 1u);
}

TEST_F(SessionLaneTest, WhatIsReportedBetweenExecutionsIsLate) {
  Run("x");
  RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/steps"},
              .environment = {{FLOW_PLUGIN_ENV, std::to_string(getpid())},
                              {FLOW_SESSION_ENV, lane_->setting()}},
              .input = "s1k"});
  lane_->BeginRun();
  Collect();
  EXPECT_THAT(execution_.events, IsEmpty());
  EXPECT_THAT(execution_.hits, IsEmpty());
  EXPECT_EQ(execution_.events_late, 2u);
  EXPECT_EQ(execution_.hits_late, 1u);
}

TEST_F(SessionLaneTest, HitsOutsideTheMapAreCounted) {
  Run("u");
  EXPECT_EQ(execution_.hits_uncounted, 1u);
  EXPECT_THAT(execution_.hits, IsEmpty());
}

TEST_F(SessionLaneTest, TheRegionCannotBeResizedOrResealed) {
  EXPECT_EQ(ftruncate(fd(), 0), -1);
  EXPECT_EQ(ftruncate(fd(), static_cast<off_t>(size_ * 2)), -1);
  EXPECT_EQ(fcntl(fd(), F_ADD_SEALS, F_SEAL_WRITE), -1);
}

TEST_F(SessionLaneTest, AnEventThatWasNotFinishedIsTorn) {
  lane_->BeginRun();
  session_->run_events += 2;  // reserved, never filled
  Collect();
  EXPECT_EQ(execution_.events_torn, 2u);
  EXPECT_THAT(execution_.events, IsEmpty());
}

TEST_F(SessionLaneTest, AnEventOfAnEarlierExecutionIsTorn) {
  Run("sk");
  lane_->BeginRun();
  session_->run_events += 2;  // the slots still hold the events of the run before
  Collect();
  EXPECT_EQ(execution_.events_torn, 2u);
}

TEST_F(SessionLaneTest, AListOfHitsThatLiesHidesNothingForLong) {
  Run("123");
  lane_->BeginRun();
  session_->run_hits = (session_->run_hits & ~uint64_t{UINT32_MAX}) | 4000000000u;
  region_[session_->counters_offset + 2] = 7;  // counted, and not in the list
  EXPECT_THAT(Collect().hits, IsEmpty());
  EXPECT_THAT(Run("2").hits, ElementsAre(Hit{2, 1}));
}

// As a thread leaves it that was counting while the plugin cleared: the inlined way never lists an
// id whose counter is not 0.
TEST_F(SessionLaneTest, ACounterThatNoListNamesIsFoundAndLookedAtFromThenOn) {
  uint8_t& counter = region_[session_->counters_offset + 5];
  counter = 1;
  uint64_t late = 0;
  for (int i = 0; i < 2000 && late == 0; ++i) {
    lane_->BeginRun();
    late = Collect().hits_late;
  }
  EXPECT_EQ(late, 1u);
  EXPECT_EQ(counter, 0);
  counter = 9;
  lane_->BeginRun();
  EXPECT_THAT(Collect().hits, ElementsAre(Hit{5, 9}));
  lane_->BeginRun();
  EXPECT_THAT(Collect().hits, IsEmpty());
}

// A program that starts later must not follow where the target has written.
TEST_F(SessionLaneTest, AHeadThatTheTargetHasOverwrittenIsNotUsed) {
  const flow_session sound = *session_;
  for (uint64_t* word :
       {&session_->magic, &session_->size, &session_->events_offset, &session_->first_hits_offset,
        &session_->counters_offset, &session_->tallies_offset, &session_->full_offset}) {
    *word += uint64_t{1} << 24;
    Run("s1k");
    EXPECT_THAT(execution_.events, IsEmpty());
    EXPECT_FALSE(lane_->is_attached());
    *session_ = sound;
  }
  for (uint32_t* word :
       {&session_->max_events, &session_->map_size, &session_->clock, &session_->num_tallied_ids}) {
    *word = UINT32_MAX;
    Run("s1k");
    EXPECT_FALSE(lane_->is_attached());
    *session_ = sound;
  }
}

TEST_F(SessionLaneTest, WordsOfAnotherRunAreNotBelieved) {
  lane_->BeginRun();
  session_->run_events = UINT64_MAX;
  session_->run_hits = 0;
  EXPECT_THAT(Collect().events, IsEmpty());
  EXPECT_GT(lane_->num_tampered(), 0u);
  EXPECT_THAT(Run("s1k").events, SizeIs(2));
}

// Whatever the target writes, at any time: the plugin neither faults nor loses count.
TEST_F(SessionLaneTest, ATargetThatScribblesOverEverythingBreaksNothing) {
  std::atomic<bool> stop = false;
  std::thread target([&] {
    std::mt19937_64 random(1);
    while (!stop) {
      const uint64_t value = random();
      memcpy(region_ + random() % (size_ - sizeof(value)), &value, 1 + random() % sizeof(value));
      if (random() % 64 == 0) {  // near the truth, where damage is hardest to see
        session_->run_events =
            (uint64_t{static_cast<uint32_t>(random() % 64)} << 32) | random() % 80;
        session_->run_hits =
            (uint64_t{static_cast<uint32_t>(random() % 64)} << 32) | random() % 120;
      }
    }
  });
  for (int i = 0; i < 20000; ++i) {
    lane_->BeginRun();
    Collect();
    ASSERT_EQ(execution_.events_produced,
              execution_.events.size() + execution_.events_dropped() + execution_.events_late);
    ASSERT_LE(execution_.events.size(), 64u);
    ASSERT_LE(execution_.hits.size(), 100u);
    for (const Hit& hit : execution_.hits) ASSERT_LT(hit.id, 100u);
  }
  stop = true;
  target.join();
}

class LimitedSessionLaneTest : public SessionLaneTest {
 protected:
  static constexpr uint32_t kLimit = 10, kIds = 50;
  LimitedSessionLaneTest() : SessionLaneTest(64, 100, {kLimit, kIds}) {}

  uint64_t* tallies() { return reinterpret_cast<uint64_t*>(region_ + session_->tallies_offset); }
  uint64_t* full() { return reinterpret_cast<uint64_t*>(region_ + session_->full_offset); }
  void ExpectExact() const {
    EXPECT_EQ(execution_.events_produced, execution_.events.size() + execution_.events_capped() +
                                              execution_.events_dropped() + execution_.events_late);
  }
};

TEST_F(LimitedSessionLaneTest, EventsOfOneIdBeyondTheLimitAreCountedExactly) {
  for (int round = 0; round < 3; ++round) {
    Run("ooskkK" + std::string(12, 'k'));
    EXPECT_THAT(execution_.events, SizeIs(21));
    EXPECT_EQ(execution_.sources_capped, 2001u - kLimit);
    EXPECT_EQ(execution_.sinks_capped, 14u - kLimit);
    EXPECT_EQ(execution_.num_sources, 2001u);
    EXPECT_EQ(execution_.num_sinks, 15u);
    EXPECT_EQ(execution_.events_dropped(), 0u);
    ExpectExact();
    Run("s1k");
    EXPECT_THAT(execution_.events, SizeIs(2));
    EXPECT_EQ(execution_.events_capped(), 0u);
  }
}

TEST_F(LimitedSessionLaneTest, ExactlyTheLimitLeavesNothingOut) {
  Run(std::string(kLimit, 'k'));
  EXPECT_THAT(execution_.events, SizeIs(kLimit));
  EXPECT_EQ(execution_.events_capped(), 0u);
  Run(std::string(kLimit + 1, 'k'));
  EXPECT_THAT(execution_.events, SizeIs(kLimit));
  EXPECT_EQ(execution_.sinks_capped, 1u);
}

TEST_F(LimitedSessionLaneTest, IdsWithoutATallyHaveNoLimit) {
  Run(std::string(20, 'u'));
  EXPECT_THAT(execution_.events, SizeIs(20));
}

TEST_F(LimitedSessionLaneTest, ProcessesOfARunShareTheLimit) {
  // Each child reports sink 1.
  Run(std::string(8, 'k') + std::string(5, 'f'));
  EXPECT_THAT(execution_.events, SizeIs(kLimit));
  EXPECT_EQ(execution_.sinks_capped, 3u);
  EXPECT_THAT(execution_.pids, SizeIs(6));
  ExpectExact();
}

TEST_F(LimitedSessionLaneTest, ThreadsCountExactly) {
  lane_->BeginRun();
  RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/concurrent_steps", "threads"},
              .environment = {{"FLOW_SHM", ""},
                              {FLOW_PLUGIN_ENV, std::to_string(getpid())},
                              {FLOW_SESSION_ENV, lane_->setting()}}});
  Collect();
  EXPECT_EQ(execution_.num_sources + execution_.num_sinks + execution_.events_dropped(), 8000u);
  EXPECT_EQ(execution_.events_capped(), 8000u - 8 * 2 * kLimit);
  ExpectExact();
}

TEST_F(LimitedSessionLaneTest, ALimitOfAnotherRunCountsForNobody) {
  Run("o");
  lane_->BeginRun();
  const uint64_t limit = tallies()[0];
  EXPECT_EQ(limit & UINT32_MAX, kLimit);
  // The tally of the run before is out of range of this run's limit, whose inlined way it bars.
  EXPECT_GE(tallies()[FLOW_TALLY_OF(FLOW_EVENT_SOURCE, 1)] - limit, FLOW_TALLY_RANGE);
  EXPECT_EQ(Collect().events_capped(), 0u);
  for (uint64_t i = 0; i < FLOW_NUM_TALLIES(kIds); ++i)
    EXPECT_GE(tallies()[i] - tallies()[0], i == 0 ? 0 : FLOW_TALLY_RANGE);
}

TEST_F(LimitedSessionLaneTest, AListThatLiesCountsNothingTwice) {
  lane_->BeginRun();
  const uint64_t run = session_->run_events >> 32 << 32;
  tallies()[FLOW_TALLY_OF(FLOW_EVENT_SINK, 3)] = run | (kLimit + 7);
  tallies()[FLOW_TALLY_OF(FLOW_EVENT_SINK, 4)] = (run - (uint64_t{2} << 32)) | (kLimit + 7);
  const uint32_t three = FLOW_TALLY_OF(FLOW_EVENT_SINK, 3);
  const uint64_t entries[] = {run | three,      run | three, run,
                              run | UINT32_MAX, three,       run | (three + 2)};
  memcpy(full(), entries, sizeof(entries));
  session_->run_full = run | UINT32_MAX;
  Collect();
  EXPECT_EQ(execution_.sinks_capped, 7u);
  EXPECT_EQ(execution_.events_produced, 7u);
  ExpectExact();
}

TEST_F(LimitedSessionLaneTest, ATargetThatScribblesOverEverythingBreaksNothing) {
  std::atomic<bool> stop = false;
  // Where they are says the region, which is about to be damaged.
  std::thread target([&, full = full(), tallies = tallies()] {
    std::mt19937_64 random(1);
    while (!stop) {
      const uint64_t value = random();
      memcpy(region_ + random() % (size_ - sizeof(value)), &value, 1 + random() % sizeof(value));
      const uint64_t run = random() % 64 << 32;  // near the truth
      session_->run_full = run | random() % 120;
      full[random() % 100] = run | random() % 120;
      tallies[random() % 101] = run | random() % 20;
    }
  });
  for (int i = 0; i < 20000; ++i) {
    lane_->BeginRun();
    Collect();
    ExpectExact();
  }
  stop = true;
  target.join();
}

class LargeSessionLaneTest : public SessionLaneTest {
 protected:
  LargeSessionLaneTest() : SessionLaneTest(1 << 20, 1 << 20, {500, FLOW_LIMIT_TALLIED_IDS}) {}
};

TEST_F(LargeSessionLaneTest, RegionsFarBeyondTheWindowWork) {
  Run("os123k");
  EXPECT_THAT(execution_.events, SizeIs(501));
  EXPECT_EQ(execution_.sources_capped, 501u);
  EXPECT_THAT(execution_.hits, SizeIs(3));
}

TEST(SessionLaneAttachTest, ATargetThatCannotAttachUsesFilesByItself) {
  const auto lane = *SessionLane::Create(64, 100);
  for (const std::string setting : {"", "9999:1", "x", "0:1", "210", "210:", "210:1x"}) {
    const test::Ended ended = RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/steps"},
                                          .environment = {{"FLOW_SHM", ""},
                                                          {FLOW_SESSION_ENV, setting},
                                                          {"FLOW_SHM_DIR", "/dev/shm"}},
                                          .input = "s1k"});
    EXPECT_EQ(unlink(("/dev/shm/flow_events_" + std::to_string(ended.pid)).c_str()), 0) << setting;
    EXPECT_EQ(unlink(("/dev/shm/df_coverage_" + std::to_string(ended.pid)).c_str()), 0) << setting;
  }
  EXPECT_FALSE(lane->is_attached());
}

}  // namespace
}  // namespace flowmon
