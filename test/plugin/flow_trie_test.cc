#include "plugin/flow_trie.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace flowmon {
namespace {

FlowDb MakeDb() {
  FlowDb db;
  const uint32_t file = db.AddFile("a.c");
  for (const uint32_t id : {10u, 20u, 30u}) {
    db.AddLocation(LocationKind::kSource, {id, file, id, 0, 0});
    db.AddLocation(LocationKind::kSink, {id, file, id, 0, 0});
  }
  for (uint32_t id = 0; id < 6; ++id)
    db.AddLocation(LocationKind::kIntermediate, {id, file, id + 1, 0, 0});
  const auto add = [&](uint32_t id, uint32_t source, uint32_t sink, std::vector<uint32_t> steps) {
    db.AddFlow(id, source, sink, steps, "");
  };
  add(1, 10, 10, {1, 2});
  add(2, 10, 20, {1, 2});
  add(3, 10, 10, {1, 3});
  add(4, 20, 10, {});
  add(5, 10, 10, {1, 2});
  return db;
}

TEST(FlowTrieTest, FlowsThatBeginAlikeShareNodes) {
  const FlowDb db = MakeDb();
  const FlowTrie trie(db);
  // Two sources, 1, 1-2 and 1-3, and four sinks: flow 5 ends where flow 1 does.
  EXPECT_EQ(trie.size(), 2u + 3 + 4);
  EXPECT_EQ(trie.SinkOf(0), trie.SinkOf(4));
  EXPECT_EQ(trie.Parent(trie.SinkOf(0)), trie.Parent(trie.SinkOf(1)));
  EXPECT_NE(trie.Parent(trie.SinkOf(0)), trie.Parent(trie.SinkOf(2)));
  EXPECT_EQ(trie.Root(2), FlowTrie::kNone) << "no flow begins there";
}

TEST(FlowTrieTest, FromEachSinkTheStepsLeadBackToTheSource) {
  const FlowDb db = MakeDb();
  const FlowTrie trie(db);
  for (uint32_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    FlowTrie::Node node = trie.SinkOf(i);
    const uint32_t sink = trie.Step(node);
    ASSERT_TRUE(sink & FlowTrie::kSink);
    EXPECT_EQ(db.locations(LocationKind::kSink)[sink & ~FlowTrie::kSink].id, flow.sink_id);
    std::vector<uint32_t> steps;
    for (node = trie.Parent(node); trie.Parent(node) != FlowTrie::kNone; node = trie.Parent(node))
      steps.insert(steps.begin(), trie.Step(node));
    EXPECT_EQ(steps, std::vector<uint32_t>(flow.intermediates.begin(), flow.intermediates.end()));
    EXPECT_EQ(node, trie.Root(flow.source_id / 10 - 1));
  }
}

TEST(FlowTrieTest, ChildrenAreThoseThatNameTheirParent) {
  const FlowDb db = MakeDb();
  const FlowTrie trie(db);
  size_t num_children = 0;
  for (FlowTrie::Node node = 0; node < trie.size(); ++node) {
    const auto children = trie.Children(node);
    num_children += children.size();
    for (const FlowTrie::Node child : children) EXPECT_EQ(trie.Parent(child), node);
    EXPECT_TRUE(std::ranges::is_sorted(children, {}, [&](auto n) { return trie.Step(n); }));
  }
  EXPECT_EQ(num_children, trie.size() - 2) << "all but the sources";
}

}  // namespace
}  // namespace flowmon
