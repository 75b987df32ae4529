#include "plugin/record_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "runtime/flow_shm.h"
#include "test/plugin/brute_force.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using nlohmann::json;
using test::MakeFlowDb;

constexpr int64_t kTime = 1795262400123;  // 2026-11-21T12:00:00.123Z

std::string Format(const FlowDb& db, const Execution& execution, uint32_t max_listed) {
  Correlator correlator(db, max_listed);
  RecordFormatter formatter(db, max_listed);
  std::string line;
  formatter.Append(execution, correlator.Correlate(execution), 42, kTime, line);
  return line;
}

// The golden file is the format: it changes only with doc/RECORDS.md.
TEST(RecordFormatTest, MatchesTheGoldenFile) {
  const FlowDb db = MakeFlowDb({{1, 1, 1, {2, 4}}, {2, 1, 2, {}}});
  Execution empty;
  Execution complete;
  complete.events = {{1000, 0x123, 1, 5, 100, false},
                     {2500, 0xfedcba9876543210, 1, 4294967295, 100, true},
                     {1000002500, 0, 2, 0, 100, true}};
  complete.hits = {{2, 1}, {4, 255}};
  complete.pids = {100};
  complete.events_produced = 3;
  complete.Normalize();
  Execution forked = complete;
  forked.events[1].pid = 101;
  forked.pids = {100, 101};
  forked.events_produced = 10;
  forked.events_overflowed = 6;
  forked.events_torn = 1;
  Execution repeated = complete;
  repeated.events.insert(repeated.events.begin(), {999, 0x456, 1, 5, 100, false});
  repeated.Normalize();
  Execution capped = complete;
  capped.sources_capped = 4000000000;
  capped.sinks_capped = 5;
  capped.events[0].size = FLOW_MAX_HASHED + 1;
  capped.events[1].size = FLOW_MAX_HASHED;
  capped.Normalize();
  std::string lines;
  for (const Execution& execution : {empty, complete, forked, capped})
    lines += Format(db, execution, 4);
  lines += Format(db, repeated, 1) + Format(db, repeated, 0);
  EXPECT_EQ(lines, test::ReadFile(FLOWMON_SOURCE_DIR "/test/plugin/records.jsonl"));
}

TEST(RecordFormatTest, TheTimeIsThatOfEachRecord) {
  const FlowDb db = MakeFlowDb({{1, 1, 1, {}}});
  RecordFormatter formatter(db, 4);
  const struct {
    int64_t unix_ms;
    const char* text;
  } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
               {999, "1970-01-01T00:00:00.999Z"},
               {1000, "1970-01-01T00:00:01.000Z"},
               {951782399999, "2000-02-28T23:59:59.999Z"},
               {kTime, "2026-11-21T12:00:00.123Z"},
               {0, "1970-01-01T00:00:00.000Z"}};  // a clock that was set back
  for (const auto& c : cases) {
    std::string line;
    formatter.Append(Execution(), Correlation(), 1, c.unix_ms, line);
    EXPECT_EQ(json::parse(line)["timestamp"], c.text);
  }
}

// A record that is filled into its shape's template is the one that would be built anew.
TEST(RecordFormatTest, ATemplateGivesWhatANewOneGives) {
  std::mt19937_64 random(11);
  const FlowDb db = MakeFlowDb({{1, 1, 1, {1}}, {2, 1, 2, {}}});
  Correlator correlator(db, 2);
  RecordFormatter formatter(db, 2);
  uint64_t repeats = 0;
  for (int round = 0; round < 3000; ++round) {
    Execution execution;
    uint64_t time = random() >> (1 + random() % 60);
    for (uint64_t i = random() % 4; i > 0; --i) {
      time += random() % 3 == 0 ? random() >> (2 + random() % 60) : 1;
      execution.events.push_back({time, random() >> (random() % 64),
                                  static_cast<uint32_t>(1 + random() % 2),
                                  static_cast<uint32_t>(random() >> (32 + random() % 32)),
                                  static_cast<uint32_t>(random() % 9), random() % 2 == 0});
    }
    for (uint32_t id = 1; id < 3; ++id)
      if (random() % 2 == 0)
        execution.hits.push_back({id, 1 + static_cast<uint32_t>(random() % 255)});
    for (uint64_t i = random() % 3; i > 0; --i)
      execution.pids.push_back(static_cast<uint32_t>(random()));
    execution.events_torn = random() % 4 == 0 ? random() : 0;
    execution.sources_capped = random() % 4 == 0 ? random() % 1000 : 0;
    execution.sinks_capped = random() % 4 == 0 ? random() % 1000 : 0;
    execution.Normalize();
    const Correlation& correlation = correlator.Correlate(execution);
    repeats += correlation.is_repeat ? 1 : 0;
    std::string line = "kept";
    formatter.Append(execution, correlation, 42, kTime, line);
    ASSERT_EQ(line, "kept" + Format(db, execution, 2));
  }
  EXPECT_GT(repeats, 500u);
}

// Every record says, by nlohmann/json's reading, what went into it.
TEST(RecordFormatTest, AgreesWithAnotherJsonLibrary) {
  std::mt19937_64 random(7);
  const FlowDb db = MakeFlowDb({{1, 1, 1, {1}}, {4000000000, 2, 1, {1, 2, 3}}, {3, 1, 2, {}}});
  for (int round = 0; round < 2000; ++round) {
    Execution execution;
    for (uint64_t i = random() % 20; i > 0; --i)
      execution.events.push_back({random() >> (random() % 64), random() >> (random() % 64),
                                  static_cast<uint32_t>(random() % 3),
                                  static_cast<uint32_t>(random()),
                                  static_cast<uint32_t>(1 + random() % 2), random() % 2 == 0});
    for (uint32_t id = 0; id < 5; ++id)
      if (random() % 2) execution.hits.push_back({id, static_cast<uint32_t>(1 + random() % 255)});
    execution.pids = {1};
    if (random() % 2) execution.pids.push_back(2);
    execution.events_torn = random() % 3;
    execution.sources_capped = random() % 2;
    execution.sinks_capped = random() % 2;
    execution.Normalize();
    const json record = json::parse(Format(db, execution, 1000));

    const json& fields = record["execution"];
    EXPECT_EQ(fields["number"], 42);
    EXPECT_EQ(fields["total_events"], execution.events.size() + execution.events_capped());
    EXPECT_EQ(fields.value("capped_events", uint64_t{0}), execution.events_capped());
    EXPECT_EQ(fields["num_sources"], execution.num_sources);
    EXPECT_EQ(fields["num_sinks"], execution.num_sinks);
    EXPECT_EQ(fields.value("dropped_events", uint64_t{0}), execution.events_torn);
    EXPECT_EQ(record["coverage"].size(), execution.hits.size());
    for (const Hit& hit : execution.hits)
      EXPECT_EQ(record["coverage"][std::to_string(hit.id)], hit.count);

    const auto expected = test::BruteForceCompletions(db, execution);
    EXPECT_EQ(fields["completions"].size(), expected.size());
    size_t next = 0;
    for (const auto& [id, pairs] : expected) {
      EXPECT_EQ(fields["completions"][std::to_string(id)], pairs.size());
      for (const Completion& pair : pairs) {
        const Event& source = execution.events[pair.source_event];
        const Event& sink = execution.events[pair.sink_event];
        const json& flow = fields["completed_flows"].at(next++);
        EXPECT_EQ(flow["flow_id"], id);
        EXPECT_EQ(flow["source_id"], source.id);
        EXPECT_EQ(flow["sink_id"], sink.id);
        EXPECT_EQ(std::stoull(flow["source_hash"].get<std::string>(), nullptr, 16), source.hash);
        EXPECT_EQ(std::stoull(flow["sink_hash"].get<std::string>(), nullptr, 16), sink.hash);
        EXPECT_EQ(flow["source_hash"].get<std::string>().size(), 18u);
        EXPECT_EQ(flow["source_size"], source.size);
        EXPECT_EQ(flow["sink_size"], sink.size);
        EXPECT_EQ(flow.contains("source_sampled"), source.size > FLOW_MAX_HASHED);
        EXPECT_EQ(flow.contains("sink_sampled"), sink.size > FLOW_MAX_HASHED);
        const uint64_t delta = sink.timestamp - source.timestamp;
        EXPECT_EQ(flow["time_delta_ns"], delta);
        EXPECT_DOUBLE_EQ(flow["time_delta_us"], static_cast<double>(delta) / 1000.0);
        EXPECT_EQ(flow.contains("source_pid"), execution.pids.size() > 1);
      }
    }
    EXPECT_EQ(fields["completed_flows"].size(), next);
  }
}

}  // namespace
}  // namespace flowmon
