// What the process reader makes of tallies: events of one id beyond the limit, counted and not
// stored.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/plugin/process_reader_fixture.h"

namespace flowmon {
namespace {

using test::EventsBytes;
using test::SourceAt;

class LimitedProcessReaderTest : public ProcessReaderTest {
 protected:
  static constexpr uint32_t kLimit = 2, kIds = 3;
  LimitedProcessReaderTest() { reader_ = ProcessReader(100, 100, {kLimit, kIds}); }

  // Two events of source 1, and what the tallies say beyond.
  static std::string EventsAndTallies(const std::vector<uint64_t>& tallies) {
    std::string bytes = EventsBytes({2, 2, 0, 0}, {SourceAt(1, 1), SourceAt(2, 1)});
    for (const uint64_t tally : tallies) bytes += test::BytesOf(tally);
    return bytes;
  }
};

TEST_F(LimitedProcessReaderTest, TalliesBeyondTheLimitAreEventsThatWereLeftOut) {
  WriteEvents(EventsAndTallies({kLimit, 0, 0, 7, 0, 2, 13}));  // source 1, source 2, sink 2
  Take(dead_);
  execution_.Normalize();
  EXPECT_EQ(execution_.sources_capped, 5u);
  EXPECT_EQ(execution_.sinks_capped, 11u);
  EXPECT_EQ(execution_.num_sources, 7u);
  EXPECT_EQ(execution_.num_sinks, 11u);
  EXPECT_EQ(execution_.events_produced, 18u);
}

TEST_F(LimitedProcessReaderTest, TheFilesOwnLimitIsNotAsked) {
  WriteEvents(EventsAndTallies({UINT64_MAX, 0, 0, 7}));
  EXPECT_EQ(Take(dead_).sources_capped, 5u);
}

TEST_F(LimitedProcessReaderTest, TalliesThatLieAreBounded) {
  // The last one belongs to an id that has none.
  WriteEvents(EventsAndTallies({kLimit, 0, 0, UINT64_MAX, UINT64_MAX, 0, 0, 9, 9}));
  Take(dead_);
  EXPECT_EQ(execution_.sources_capped, UINT32_MAX - kLimit);
  EXPECT_EQ(execution_.sinks_capped, UINT32_MAX - kLimit);
}

TEST_F(LimitedProcessReaderTest, AFileThatEndsWithinOrBeforeTheTalliesIsRead) {
  for (const size_t left_out : {1, 8, 9, 16, 24, 25, 40}) {
    std::string bytes = EventsAndTallies({kLimit, 0, 0, 7});
    bytes.resize(bytes.size() - left_out);
    WriteEvents(bytes);
    EXPECT_EQ(Take(dead_).sources_capped, 0u) << left_out;
  }
}

TEST_F(LimitedProcessReaderTest, ALiveProcessStartsItsNextRunWithoutTallies) {
  test::IdleProcess process;
  const std::string path = test::EventsPath(dir_.path(), process.pid());
  test::WriteFile(path, EventsAndTallies({kLimit, 0, 0, 7, 1}));
  EXPECT_EQ(Take(process.pid()).sources_capped, 5u);
  EXPECT_EQ(Take(process.pid()).events_produced, 0u);
  const std::string bytes = test::ReadFile(path);
  EXPECT_EQ(bytes.substr(bytes.size() - 40), test::BytesOf(uint64_t{kLimit}) + std::string(32, 0));
}

TEST_F(LimitedProcessReaderTest, WhatALateProcessCountedIsLate) {
  std::string bytes = EventsAndTallies({kLimit, 0, 0, 7});
  const flow_events_header header = {2, 2, kRunStart - 1, kKnown};
  bytes.replace(0, sizeof(header), test::BytesOf(header));
  WriteEvents(bytes);
  EXPECT_EQ(Take(dead_).events_capped(), 0u);
  EXPECT_EQ(execution_.events_late, 7u);
}

}  // namespace
}  // namespace flowmon
