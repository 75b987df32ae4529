#include "flowdb/index.h"

#include <algorithm>
#include <random>
#include <vector>

#include "flowdb/reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "test/flowdb/sample_flowdb.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

template <typename Predicate>
std::vector<uint32_t> FlowsWhere(const FlowDb& db, Predicate predicate) {
  std::vector<uint32_t> flows;
  for (uint32_t i = 0; i < db.num_flows(); ++i) {
    if (predicate(db.flow(i))) flows.push_back(i);
  }
  return flows;
}

void ExpectSameAsBruteForce(const FlowDb& db) {
  const FlowIndex index(db);
  for (const Location& source : db.locations(LocationKind::kSource)) {
    EXPECT_THAT(index.BySource(source.id), ElementsAreArray(FlowsWhere(db, [&](const Flow& flow) {
                  return flow.source_id == source.id;
                })));
    for (const Location& sink : db.locations(LocationKind::kSink)) {
      EXPECT_THAT(index.ByPair(source.id, sink.id),
                  ElementsAreArray(FlowsWhere(db, [&](const Flow& flow) {
                    return flow.source_id == source.id && flow.sink_id == sink.id;
                  })));
    }
  }
  for (const Location& sink : db.locations(LocationKind::kSink)) {
    EXPECT_THAT(index.BySink(sink.id), ElementsAreArray(FlowsWhere(db, [&](const Flow& flow) {
                  return flow.sink_id == sink.id;
                })));
  }
  for (const Location& step : db.locations(LocationKind::kIntermediate)) {
    EXPECT_THAT(index.ByIntermediate(step.id),
                ElementsAreArray(FlowsWhere(db, [&](const Flow& flow) {
                  return std::ranges::count(flow.intermediates, step.id) > 0;
                })));
  }
}

TEST(FlowIndex, SameAsBruteForceOnRandomDatabases) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ExpectSameAsBruteForce(RandomFlowDb(random));
    if (HasFailure()) return;
  }
}

TEST(FlowIndex, UnknownKeysFindNothing) {
  const absl::StatusOr<FlowDbFile> file =
      ParseFlowDb("SOURCE,1,a.c,1,0,0\nSINK,2,a.c,2,0,0\nFLOW,1,1,2,[],\n", "x.flowdb");
  ASSERT_TRUE(file.ok()) << file.status();
  const FlowIndex index(file->db);
  EXPECT_THAT(index.BySource(2), IsEmpty());
  EXPECT_THAT(index.BySink(1), IsEmpty());
  EXPECT_THAT(index.ByPair(2, 1), IsEmpty());
  EXPECT_THAT(index.ByPair(1, 2), ElementsAre(0));
  EXPECT_THAT(index.ByIntermediate(0), IsEmpty());
}

TEST(FlowIndex, CountsARepeatedIntermediateOnce) {
  const absl::StatusOr<FlowDbFile> file = ParseFlowDb(
      "SOURCE,1,a.c,1,0,0\nSINK,1,a.c,2,0,0\nINTERMEDIATE,1,a.c,3,0,0\nINTERMEDIATE,2,a.c,4,0,0\n"
      "FLOW,1,1,1,[1,2,1],\nFLOW,2,1,1,[1,1],\n",
      "x.flowdb");
  ASSERT_TRUE(file.ok()) << file.status();
  const FlowIndex index(file->db);
  EXPECT_THAT(index.ByIntermediate(1), ElementsAre(0, 1));
  EXPECT_THAT(index.ByIntermediate(2), ElementsAre(0));
}

TEST(FlowIndex, WorksOnAnEmptyDatabase) {
  const FlowIndex index{FlowDb()};
  EXPECT_THAT(index.BySource(0), IsEmpty());
  EXPECT_THAT(index.ByPair(0, 0), IsEmpty());
}

}  // namespace
}  // namespace flowmon
