// Which database the processes say that they were built with.

#include <gtest/gtest.h>

#include "plugin/process_reader.h"
#include "test/plugin/process_files.h"
#include "test/plugin/process_reader_fixture.h"

namespace flowmon {
namespace {

using test::EventsBytes;

TEST_F(ProcessReaderTest, TheDatabasesOfAllProcessesAreCompared) {
  constexpr uint64_t kHash = 0x1122334455667788, kOther = ~kHash;
  const auto take = [&](uint32_t flags) {
    WriteEvents(EventsBytes({0, 1, 0, flags}, {}));
    Take(dead_);
  };
  take(kKnown);
  EXPECT_EQ(reader_.CompareDatabase(kHash), DatabaseFit::kNoDifference) << "unknown";
  take(kKnown | FLOW_EVENTS_DATABASE(kHash));
  take(kKnown);
  EXPECT_EQ(reader_.CompareDatabase(kHash), DatabaseFit::kNoDifference);
  EXPECT_EQ(reader_.CompareDatabase(kOther), DatabaseFit::kOther);
  take(FLOW_EVENTS_DATABASE(kOther));
  EXPECT_EQ(reader_.CompareDatabase(kHash), DatabaseFit::kSeveral);
}

TEST_F(ProcessReaderTest, OneProcessOfSeveralDatabases) {
  WriteEvents(EventsBytes({0, 1, 0, FLOW_EVENTS_SEVERAL_DATABASES}, {}));
  Take(dead_);
  EXPECT_EQ(reader_.CompareDatabase(7), DatabaseFit::kSeveral);
}

}  // namespace
}  // namespace flowmon
