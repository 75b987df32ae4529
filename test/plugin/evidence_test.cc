#include "plugin/evidence.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "plugin/correlator.h"

namespace flowmon {
namespace {

constexpr uint32_t kSize = 8;

Event Source(uint64_t timestamp, uint64_t hash, uint32_t size = kSize) {
  return {timestamp, hash, 1, size, 1, false};
}
Event Sink(uint64_t timestamp, uint64_t hash, uint32_t size = kSize) {
  return {timestamp, hash, 1, size, 1, true};
}

// One flow without intermediates.
class EvidenceTest : public testing::Test {
 protected:
  explicit EvidenceTest(uint32_t max_exact = 100, uint32_t max_events_per_id = 0)
      : correlator_(db_, 1), collector_(max_exact, max_events_per_id) {}
  static FlowDb MakeDb() {
    FlowDb db;
    const uint32_t file = db.AddFile("a.c");
    db.AddLocation(LocationKind::kSource, {1, file, 1, 0, 0});
    db.AddLocation(LocationKind::kSink, {1, file, 2, 0, 0});
    db.AddFlow(1, 1, 1, {}, "");
    return db;
  }
  bool Run(std::initializer_list<Event> events, uint64_t num_lost = 0) {
    Execution execution;
    execution.events_overflowed = num_lost;
    execution.events = events;
    execution.Normalize();
    bool is_new = false;
    for (const CompletedFlow& flow : correlator_.Correlate(execution).flows)
      is_new |= collector_.Add(execution, flow, evidence_);
    return is_new;
  }

  const FlowDb db_ = MakeDb();
  Correlator correlator_;
  EvidenceCollector collector_;
  FlowEvidence evidence_;
};

TEST_F(EvidenceTest, CountsValuesOfTheEventsThatComplete) {
  EXPECT_TRUE(Run({Sink(1, 100), Source(2, 7), Sink(2, 101), Sink(3, 102), Source(4, 8),
                   Sink(5, 102), Source(6, 9)}));
  EXPECT_EQ(evidence_.source_values.count(), 2u) << "9 comes behind the last sink event";
  EXPECT_EQ(evidence_.sink_values.count(), 1u) << "100 and 101 do not come behind the first source";
  EXPECT_EQ(evidence_.only_sink_value, 102u);
  EXPECT_EQ(evidence_.value_pairs.count(), 2u) << "(7, 102) and (8, 102)";
}

TEST_F(EvidenceTest, WhatIsKnownIsNotNew) {
  EXPECT_TRUE(Run({Source(1, 1), Sink(2, 1)}));
  EXPECT_FALSE(Run({Source(5, 1), Sink(6, 1)}));
  EXPECT_TRUE(Run({Source(1, 1), Sink(2, 2)}));
  EXPECT_TRUE(Run({Source(1, 2), Sink(2, 1)}));
  EXPECT_TRUE(Run({Source(1, 2), Sink(2, 2)})) << "both known, not together";
  EXPECT_FALSE(Run({Source(1, 1), Source(2, 2), Sink(3, 1)}));
  EXPECT_EQ(evidence_.value_pairs.count(), 4u);
}

TEST_F(EvidenceTest, AFunctionOfTheSourceIsNeverContradicted) {
  for (int round = 0; round < 3; ++round)
    for (uint64_t value = 1; value <= 10; ++value) Run({Source(1, value), Sink(2, value % 3 + 50)});
  EXPECT_EQ(evidence_.source_values.count(), 10u);
  EXPECT_EQ(evidence_.sink_values.count(), 3u);
  EXPECT_EQ(evidence_.repeats, 20u);
  EXPECT_EQ(evidence_.contradictions, 0u);
}

TEST_F(EvidenceTest, ASinkThatDependsOnSomethingElseIsContradicted) {
  for (uint64_t round = 0; round < 30; ++round) Run({Source(1, round % 10), Sink(2, round)});
  EXPECT_EQ(evidence_.repeats, 20u);
  EXPECT_EQ(evidence_.contradictions, 20u);
}

TEST_F(EvidenceTest, SequencesOfValuesAreComparedAsAWhole) {
  for (int round = 0; round < 2; ++round) {
    Run({Source(1, 1), Source(2, 2), Sink(3, 10), Sink(4, 20)});
    Run({Source(1, 2), Source(2, 1), Sink(3, 20), Sink(4, 10)});
  }
  EXPECT_EQ(evidence_.repeats, 2u);
  EXPECT_EQ(evidence_.contradictions, 0u) << "another order of the source is another source";
  Run({Source(1, 1), Source(2, 2), Sink(3, 20), Sink(4, 10)});
  EXPECT_EQ(evidence_.contradictions, 1u);
}

TEST_F(EvidenceTest, IdenticalIfEachSinkValueWasASourceValueBefore) {
  Run({Source(1, 1), Source(2, 2), Sink(3, 2), Sink(4, 1)});
  EXPECT_EQ(evidence_.identical, 1u);
  EXPECT_EQ(evidence_.not_identical, 0u);
  Run({Source(1, 1), Sink(3, 2), Source(4, 2)});
  EXPECT_EQ(evidence_.not_identical, 1u) << "the source came later";
  Run({Source(1, 3, 4), Sink(2, 3, 8)});
  EXPECT_EQ(evidence_.not_identical, 2u) << "another size";
}

TEST_F(EvidenceTest, AnotherOrderOfTheSameValuesShowsOtherPairs) {
  EXPECT_TRUE(Run({Source(1, 1), Source(2, 2), Sink(3, 10), Sink(4, 20)}));
  EXPECT_TRUE(Run({Source(1, 1), Sink(2, 10), Source(3, 2), Sink(4, 20)}));
  EXPECT_EQ(evidence_.value_pairs.count(), 3u) << "(2, 10), (2, 20) and (1, 10)";
  EXPECT_EQ(evidence_.contradictions, 0u);
}

class CappedEvidenceTest : public EvidenceTest {
 protected:
  CappedEvidenceTest() : EvidenceTest(100, 2) {}
};

// More source events may have come than were stored.
TEST_F(CappedEvidenceTest, WhatWasNotStoredIsNoContradiction) {
  Run({Source(1, 1), Source(2, 2), Sink(3, 5)});
  Run({Source(1, 1), Source(2, 2), Sink(3, 6)});
  EXPECT_EQ(evidence_.repeats, 0u);
  EXPECT_EQ(evidence_.contradictions, 0u);
  EXPECT_EQ(evidence_.not_identical, 0u);
  EXPECT_EQ(evidence_.sink_values.count(), 2u) << "the values count";
  Run({Source(1, 5), Source(2, 6), Sink(3, 6)});
  EXPECT_EQ(evidence_.identical, 0u) << "nor is it a confirmation";
  Run({Source(1, 1), Sink(3, 5)});
  Run({Source(1, 1), Sink(3, 6)});
  EXPECT_EQ(evidence_.contradictions, 1u);
}

TEST_F(EvidenceTest, WhatTheTargetCouldNotStoreIsNoContradiction) {
  Run({Source(1, 1), Sink(2, 5)});
  Run({Source(1, 1), Sink(2, 6)}, 1);
  EXPECT_EQ(evidence_.repeats, 0u);
  EXPECT_EQ(evidence_.not_identical, 1u) << "that of the first execution";
}

class BoundedEvidenceTest : public EvidenceTest {
 protected:
  BoundedEvidenceTest() : EvidenceTest(1) {}
};

TEST_F(BoundedEvidenceTest, BeyondTheBoundNothingIsNewAndAllIsEstimated) {
  EXPECT_TRUE(Run({Source(1, 1), Sink(2, 1)}));
  for (uint64_t value = 2; value <= 100; ++value)
    EXPECT_FALSE(Run({Source(1, value), Sink(2, value)}));
  EXPECT_FALSE(evidence_.value_pairs.is_exact());
  for (const DistinctCounter* counter :
       {&evidence_.source_values, &evidence_.sink_values, &evidence_.value_pairs})
    EXPECT_NEAR(static_cast<double>(counter->count()), 100, 25);
}

}  // namespace
}  // namespace flowmon
