#include "tools/open_flows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flowdb/reader.h"

namespace flowmon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OpenFlowsTest : public testing::Test {
 protected:
  OpenFlowsTest()
      : db_(ParseFlowDb("SOURCE,1,a.c,1,0,0\nSOURCE,2,a.c,2,0,0\nSINK,1,a.c,3,0,0\n"
                        "SINK,2,a.c,4,0,0\nINTERMEDIATE,1,a.c,5,0,0\nINTERMEDIATE,2,a.c,6,0,0\n"
                        "FLOW,1,1,1,[],a\nFLOW,2,1,2,[1,2,1],b\nFLOW,3,1,2,[2],c\n"
                        "FLOW,4,2,1,[1],d\n",
                        "x.flowdb")
                ->db) {}
  std::vector<OpenFlow> Find(std::vector<Event> events, std::vector<Hit> hits) {
    Execution execution;
    execution.events = std::move(events);
    execution.hits = std::move(hits);
    return FindOpenFlows(db_, execution);
  }
  static Event Source(uint64_t time, uint32_t id) { return {time, 0, id, 0, 1, false}; }
  static Event Sink(uint64_t time, uint32_t id) { return {time, 0, id, 0, 1, true}; }

  const FlowDb db_;
};

TEST_F(OpenFlowsTest, WithoutASourceThereIsNone) {
  EXPECT_THAT(Find({}, {{1, 1}}), IsEmpty());
  EXPECT_THAT(Find({Sink(1, 1)}, {}), IsEmpty());
}

TEST_F(OpenFlowsTest, TheNearestToItsEndComesFirst) {
  EXPECT_THAT(Find({Source(1, 1)}, {{1, 7}}),
              ElementsAre(OpenFlow{1, 0, 0}, OpenFlow{2, 1, 2}, OpenFlow{3, 0, 1}));
  EXPECT_THAT(Find({Source(1, 1)}, {{2, 1}}),
              ElementsAre(OpenFlow{1, 0, 0}, OpenFlow{3, 1, 1}, OpenFlow{2, 1, 2}));
}

TEST_F(OpenFlowsTest, ALaterSinkClosesAnEarlierOneDoesNot) {
  EXPECT_THAT(Find({Source(1, 1), Sink(2, 2)}, {}), ElementsAre(OpenFlow{1, 0, 0}))
      << "closed, though not complete: its path was another";
  EXPECT_THAT(Find({Sink(1, 1), Source(2, 2)}, {}), ElementsAre(OpenFlow{4, 0, 1}));
}

}  // namespace
}  // namespace flowmon
