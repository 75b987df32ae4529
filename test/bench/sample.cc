#include "test/bench/sample.h"

#include <stdlib.h>

#include <algorithm>
#include <random>

#include "absl/container/node_hash_map.h"

extern "C" {
#include "flow_process.h"
#include "flowmon.h"
}

namespace flowmon::bench {
namespace {

void AddEvent(Execution& execution, bool is_sink, uint32_t id, uint64_t hash) {
  const uint64_t time = 1'000'000'000 + execution.events.size() * 100;
  execution.events.push_back({time, hash, id, 8, 1000, is_sink});
  ++execution.events_produced;
}

void AddHitsOfFlow(Execution& execution, uint32_t flow) {
  for (uint32_t k = 0; k < kIntermediatesPerFlow; ++k)
    execution.hits.push_back({flow * kIntermediatesPerFlow - k, 1});
}

FlowDb MakeDb(uint32_t num_flows) {
  FlowDb db;
  const uint32_t file = db.AddFile("src/sample.c");
  uint32_t line = 0;
  for (uint32_t flow = 1; flow <= num_flows; ++flow) {
    db.AddLocation(LocationKind::kSource, {flow, file, ++line, 1, 9});
    db.AddLocation(LocationKind::kSink, {flow, file, ++line, 1, 9});
    uint32_t intermediates[kIntermediatesPerFlow];
    for (uint32_t k = 0; k < kIntermediatesPerFlow; ++k) {
      intermediates[k] = flow * kIntermediatesPerFlow - k;
      db.AddLocation(LocationKind::kIntermediate, {intermediates[k], file, ++line, 1, 9});
    }
    db.AddFlow(flow, flow, flow, intermediates, "a sample");
  }
  return db;
}

}  // namespace

const FlowDb& SampleDb(uint32_t num_flows) {
  static absl::node_hash_map<uint32_t, FlowDb> databases;
  const auto found = databases.find(num_flows);
  return found != databases.end() ? found->second
                                  : databases.emplace(num_flows, MakeDb(num_flows)).first->second;
}

Execution SampleExecution(uint32_t num_flows, uint32_t num_completed) {
  Execution execution;
  execution.AddProcess(1000, true);
  for (uint32_t flow = 1; flow <= num_flows; ++flow) {
    AddEvent(execution, false, flow, flow);
    AddEvent(execution, true, flow, ~flow);
  }
  for (uint32_t flow = 1; flow <= num_completed; ++flow) AddHitsOfFlow(execution, flow);
  execution.Normalize();
  return execution;
}

std::vector<Execution> ChangingExecutions() {
  std::mt19937_64 random(1);
  std::vector<Execution> executions(1024);
  for (Execution& execution : executions) {
    execution.AddProcess(1000, true);
    for (uint32_t i = 0; i < kFlowsOfExecution; ++i) {
      const auto flow = static_cast<uint32_t>(1 + random() % 100);
      AddEvent(execution, false, flow, random());
      AddEvent(execution, true, flow, random());
      if (i == 0) AddHitsOfFlow(execution, flow);
    }
    execution.Normalize();
  }
  return executions;
}

void AttachTarget(const std::string& setting) {
  if (!flow_session_attach(setting.c_str())) abort();
}

void RunTarget(uint64_t input, uint32_t num_flows, uint32_t num_completed) {
  for (uint32_t flow = 1; flow <= num_flows; ++flow) {
    FLOW_SOURCE(&input, sizeof(input), flow);
    if (flow <= num_completed)
      for (uint32_t k = 0; k < kIntermediatesPerFlow; ++k)
        FLOW_HIT(flow * kIntermediatesPerFlow - k);
    FLOW_SINK(&input, sizeof(input), flow);
  }
}

StopWatch::StopWatch() {
  std::vector<double> costs(1001);
  for (double& cost : costs) {
    Start();
    cost = std::chrono::duration<double>(Clock::now() - start_).count();
  }
  std::nth_element(costs.begin(), costs.begin() + 500, costs.end());
  own_cost_ = costs[500];
}

}  // namespace flowmon::bench
