#include "tools/observed_events.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "flowdb/reader.h"

namespace flowmon {
namespace {

TEST(ObservedEventsTest, TimeKindPlaceAndSize) {
  const FlowDb db =
      ParseFlowDb("SOURCE,7,a\x01.c,1,0,0\nSINK,12,b.c,2,3,4\nFLOW,1,7,12,[],\n", "x.flowdb")->db;
  EXPECT_EQ(DescribeEvent({1000, 0, 7, 5, 1, false}, 1000, db),
            "+0 ns      SOURCE 7    a?.c:1  5 B");
  EXPECT_EQ(DescribeEvent({3500, 0, 12, 2048, 1, true}, 1000, db),
            "+2.5 us    SINK   12   b.c:2  2.0 KiB");
  EXPECT_EQ(DescribeEvent({1000, 0, 99, 0, 1, true}, 1000, db),
            "+0 ns      SINK   99   not in the database  0 B");
  EXPECT_EQ(EventJson({3500, 0, 12, 2048, 1, true}, 1000, db).dump(),
            R"({"ns":2500,"type":"SINK","id":12,"place":"b.c:2","size":2048})");
}

}  // namespace
}  // namespace flowmon
