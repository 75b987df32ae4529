// What the hashes of completing events say about a flow: completion alone says that the code ran,
// not that data flowed. doc/VERDICTS.md says what follows from it.
//
// Looks at executions that completed the flow, at the first events of its source and its sink up to
// the limit per id, and at each combination of their values once while it is remembered: executions
// that show the same values again cost one look into a table.

#ifndef FLOWMON_PLUGIN_EVIDENCE_H_
#define FLOWMON_PLUGIN_EVIDENCE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugin/correlator.h"
#include "plugin/distinct_counter.h"
#include "plugin/execution.h"

namespace flowmon {

// Of one flow. Values are those of sink events behind the first source event, and of source events
// before the last sink event.
struct FlowEvidence {
  DistinctCounter source_values, sink_values;
  DistinctCounter value_pairs;   // of a sink event and the last source event before it
  uint64_t only_sink_value = 0;  // means something while sink_values.count() == 1
  // Executions whose source values, as a sequence, had come before; and how many of them had
  // another sequence of sink values then: the sink is no function of the source.
  uint64_t repeats = 0;
  uint64_t contradictions = 0;
  // Executions that were looked at for it: each sink value was that of an earlier source event, or
  // not each.
  uint64_t identical = 0;
  uint64_t not_identical = 0;
};

// Not thread-safe.
class EvidenceCollector {
 public:
  // The values that are remembered of all flows, about.
  static constexpr size_t kMaxBytes = size_t{64} << 20;

  // `max_exact`: values that one counter remembers; `max_events_per_id`: as in EventLimit.
  EvidenceCollector(uint32_t max_exact, uint32_t max_events_per_id);

  // `flow` belongs to completed.flow. True if it shows a pair of values for the first time, as far
  // as pairs are remembered.
  bool Add(const Execution& execution, const CompletedFlow& completed, FlowEvidence& flow);

 private:
  // The last sink values that were seen with a flow's source values. A direct-mapped cache: what is
  // overwritten is looked at again.
  struct Seen {
    uint64_t sources;  // with the flow
    uint64_t sinks;
    uint64_t order;  // of source and sink events
  };
  bool AddValues(const Execution& execution, const CompletedFlow& completed, FlowEvidence& flow);
  bool MayHaveLostSources(const Execution& execution, const CompletedFlow& completed) const;

  const uint32_t max_events_per_id_;
  DistinctBudget budget_;
  std::vector<Seen> seen_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_EVIDENCE_H_
