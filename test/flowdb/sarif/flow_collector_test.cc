#include "flowdb/sarif/flow_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace flowmon {
namespace {

using ::testing::ElementsAre;

class FlowCollectorTest : public testing::Test {
 protected:
  PlaceKey Line(uint32_t line) { return {flows_.FileId("a.c"), line, 0, 0}; }
  FlowCollector::Added Add(uint32_t source, const std::vector<uint32_t>& steps, uint32_t sink) {
    std::vector<PlaceKey> places;
    places.reserve(steps.size());
    for (const uint32_t step : steps) places.push_back(Line(step));
    return flows_.AddFlow(Line(source), places, Line(sink), "text");
  }

  FlowCollector flows_;
};

TEST_F(FlowCollectorTest, ListsAStepOnceAndNeitherSourceNorSink) {
  Add(1, {1, 2, 2, 3, 9, 2}, 9);
  EXPECT_THAT(flows_.db().flow(0).intermediates, ElementsAre(1, 2));
  EXPECT_EQ(flows_.db().locations(LocationKind::kIntermediate).size(), 2u);
}

TEST_F(FlowCollectorTest, EachFlowAndPlaceIsThereOnce) {
  EXPECT_TRUE(Add(1, {2, 3}, 9).is_new);
  EXPECT_TRUE(Add(1, {3, 2}, 9).is_new);
  EXPECT_TRUE(Add(1, {}, 9).is_new);
  EXPECT_TRUE(Add(9, {2, 3}, 1).is_new);
  const FlowCollector::Added again = Add(1, {2, 2, 3, 1}, 9);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.flow_id, 1u);
  flows_.AddLabel(again.flow_id, "origin", "x");
  const FlowDb db = std::move(flows_).Take();
  EXPECT_EQ(db.num_flows(), 4u);
  EXPECT_EQ(db.locations(LocationKind::kIntermediate).size(), 2u);
  EXPECT_EQ(db.locations(LocationKind::kSource).size(), 2u);
  EXPECT_EQ(*db.FindLabel(RecordKind::kFlow, 1, "origin"), "x");
}

}  // namespace
}  // namespace flowmon
