#include "flowdb/flowdb.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One location of every kind, each with the id 1.
FlowDb OneOfEach() {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (LocationKind kind : kLocationKinds) {
    EXPECT_TRUE(db.AddLocation(kind, {1, file, 10, 3, 9}));
  }
  return db;
}

TEST(FlowDb, StartsEmpty) {
  const FlowDb db;
  EXPECT_EQ(db.num_flows(), 0u);
  EXPECT_EQ(db.num_files(), 0u);
  EXPECT_EQ(db.coverage_map_size(), 0u);
  EXPECT_THAT(db.locations(LocationKind::kSink), IsEmpty());
  EXPECT_EQ(db.FindLocation(LocationKind::kSource, 0), nullptr);
}

TEST(FlowDb, NamesTheKeywords) {
  EXPECT_EQ(LocationKindName(LocationKind::kSource), "SOURCE");
  EXPECT_EQ(LocationKindName(LocationKind::kSink), "SINK");
  EXPECT_EQ(LocationKindName(LocationKind::kIntermediate), "INTERMEDIATE");
}

TEST(FlowDb, InternsFileNamesAsWritten) {
  FlowDb db;
  EXPECT_EQ(db.AddFile("a.c"), 0u);
  EXPECT_EQ(db.AddFile("./a.c"), 1u);
  EXPECT_EQ(db.AddFile("a.c"), 0u);
  EXPECT_EQ(db.num_files(), 2u);
  EXPECT_EQ(db.file_name(1), "./a.c");
}

TEST(FlowDb, KeepsIdsApartByKind) {
  const FlowDb db = OneOfEach();
  for (LocationKind kind : kLocationKinds) {
    ASSERT_NE(db.FindLocation(kind, 1), nullptr);
    EXPECT_EQ(*db.FindLocation(kind, 1), (Location{1, 0, 10, 3, 9}));
    EXPECT_EQ(db.FindLocation(kind, 2), nullptr);
  }
}

TEST(FlowDb, RefusesDuplicateLocationIds) {
  FlowDb db = OneOfEach();
  EXPECT_FALSE(db.AddLocation(LocationKind::kSink, {1, 0, 99, 0, 0}));
  EXPECT_EQ(db.locations(LocationKind::kSink).size(), 1u);
  EXPECT_EQ(db.FindLocation(LocationKind::kSink, 1)->line, 10u);
}

TEST(FlowDb, GivesFlowsInOrderOfInsertion) {
  FlowDb db = OneOfEach();
  db.AddLocation(LocationKind::kIntermediate, {7, 0, 11, 0, 0});
  EXPECT_TRUE(db.AddFlow(9, 1, 1, std::vector<uint32_t>{7, 1, 7}, "first"));
  EXPECT_TRUE(db.AddFlow(2, 1, 1, {}, ""));
  ASSERT_EQ(db.num_flows(), 2u);
  EXPECT_EQ(db.flow(0).id, 9u);
  EXPECT_THAT(db.flow(0).intermediates, ElementsAre(7, 1, 7));
  EXPECT_EQ(db.flow(0).description, "first");
  EXPECT_EQ(db.flow(1).id, 2u);
  EXPECT_THAT(db.flow(1).intermediates, IsEmpty());
  EXPECT_EQ(db.flow(1).description, "");
}

TEST(FlowDb, RefusedFlowsAddNothing) {
  FlowDb db = OneOfEach();
  const std::vector<uint32_t> known = {1};
  const std::vector<uint32_t> unknown = {1, 5};
  ASSERT_TRUE(db.AddFlow(1, 1, 1, known, "kept"));
  EXPECT_FALSE(db.AddFlow(1, 1, 1, known, "taken id"));
  EXPECT_FALSE(db.AddFlow(2, 5, 1, known, "unknown source"));
  EXPECT_FALSE(db.AddFlow(2, 1, 5, known, "unknown sink"));
  EXPECT_FALSE(db.AddFlow(2, 1, 1, unknown, "unknown intermediate"));
  EXPECT_EQ(db.num_flows(), 1u);
  EXPECT_TRUE(db.AddFlow(2, 1, 1, known, "the id is still free"));
  EXPECT_EQ(db.flow(1).description, "the id is still free");
}

TEST(FlowDb, LabelsBelongToARecord) {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (LocationKind kind : kLocationKinds) db.AddLocation(kind, {7, file, 1, 0, 0});
  ASSERT_TRUE(db.AddFlow(8, 7, 7, std::vector<uint32_t>{7}, ""));
  EXPECT_FALSE(db.AddLabel({RecordKind::kFlow, 7, "rule", "no such flow"}));
  EXPECT_FALSE(db.AddLabel({RecordKind::kSource, 8, "data", "no such source"}));
  EXPECT_TRUE(db.labels().empty());
  ASSERT_TRUE(db.AddLabel({RecordKind::kSink, 7, "data", "size"}));
  ASSERT_TRUE(db.AddLabel({RecordKind::kFlow, 8, "rule", "first"}));
  ASSERT_TRUE(db.AddLabel({RecordKind::kFlow, 8, "rule", "second"}));
  EXPECT_EQ(db.labels().size(), 3u);
  EXPECT_EQ(*db.FindLabel(RecordKind::kSink, 7, "data"), "size");
  EXPECT_EQ(*db.FindLabel(RecordKind::kFlow, 8, "rule"), "first");
  EXPECT_EQ(db.FindLabel(RecordKind::kSource, 7, "data"), nullptr);
  EXPECT_EQ(db.FindLabel(RecordKind::kSink, 7, "rule"), nullptr);
  EXPECT_EQ(db.FindLabel(RecordKind::kIntermediate, 8, "data"), nullptr);
}

TEST(FlowDb, CoverageMapHoldsTheLargestIntermediateId) {
  FlowDb db = OneOfEach();
  EXPECT_EQ(db.coverage_map_size(), 2u);
  db.AddLocation(LocationKind::kIntermediate, {0, 0, 11, 0, 0});
  db.AddLocation(LocationKind::kSource, {5000, 0, 11, 0, 0});
  EXPECT_EQ(db.coverage_map_size(), 2u);
  db.AddLocation(LocationKind::kIntermediate, {999, 0, 11, 0, 0});
  EXPECT_EQ(db.coverage_map_size(), 1000u);
  db.AddLocation(LocationKind::kIntermediate, {4294967295, 0, 11, 0, 0});
  EXPECT_EQ(db.coverage_map_size(), 4294967295u);
}

TEST(FlowDb, DescribesLocations) {
  FlowDb db;
  const uint32_t file = db.AddFile("src/a.c");
  EXPECT_EQ(db.Describe({1, file, 10, 3, 9}), "src/a.c:10:3-9");
  EXPECT_EQ(db.Describe({1, file, 10, 3, 9}, /*with_columns=*/false), "src/a.c:10");
  EXPECT_EQ(db.Describe({1, file, 10, 0, 0}), "src/a.c:10");
}

TEST(FlowDb, CopiesAreIndependent) {
  FlowDb db = OneOfEach();
  const FlowDb copy = db;
  db.AddFlow(1, 1, 1, {}, "only in the original");
  db.AddMetadata("key", "value");
  EXPECT_EQ(copy.num_flows(), 0u);
  EXPECT_THAT(copy.metadata(), IsEmpty());
  const FlowDb moved = std::move(db);
  EXPECT_EQ(moved.flow(0).description, "only in the original");
}

}  // namespace
}  // namespace flowmon
