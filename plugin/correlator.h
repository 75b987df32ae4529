// Decides which flows of a database one execution completed.
//
// A flow is complete if a source event of its source id has a smaller timestamp than a sink event
// of its sink id and all of its intermediates were hit; every such (source event, sink event) pair
// is one completion. Pairs multiply: all are counted and measured, `max_listed` of them a flow are
// listed.
//
// Cost follows the events that fired and the flows that they could complete, never the database's
// size.

#ifndef FLOWMON_PLUGIN_CORRELATOR_H_
#define FLOWMON_PLUGIN_CORRELATOR_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "flowdb/flowdb.h"
#include "flowdb/index.h"
#include "plugin/execution.h"

namespace flowmon {

// Indices into Execution::events.
struct Completion {
  uint32_t source_event;
  uint32_t sink_event;
  friend bool operator==(const Completion&, const Completion&) = default;
};

// One flow that an execution completed, with all of its completions.
struct CompletedFlow {
  uint32_t flow;   // index into the FlowDb
  uint64_t count;  // completions
  // From source event to sink event, over all completions.
  uint64_t min_ns, max_ns;
  absl::uint128 sum_ns;
  // The source's and the sink's events, ascending in time: indices into Execution::events.
  std::span<const uint32_t> source_events, sink_events;
  uint32_t first_listed, num_listed;  // see Correlation::Listed()
};

struct Correlation {
  std::vector<CompletedFlow> flows;  // ascending by flow id
  std::vector<Completion> listed;

  // A flow's first completions, ordered by sink event, then by source event.
  std::span<const Completion> Listed(const CompletedFlow& flow) const {
    return std::span(listed).subspan(flow.first_listed, flow.num_listed);
  }
};

// Not thread-safe: reuses its memory. The FlowDb must outlive it.
class Correlator {
 public:
  Correlator(const FlowDb& db, uint32_t max_listed);

  // The result is valid until the next call; `execution` must be normalized.
  const Correlation& Correlate(const Execution& execution);

 private:
  // The events of one source or sink id in the current execution.
  struct Group {
    uint32_t id;
    uint32_t count;
    uint32_t first;  // into EventGroups::events_
  };
  class EventGroups {
   public:
    explicit EventGroups(std::span<const Location> locations);
    // Groups the events whose is_sink equals `sinks`; ids that no location has are left out.
    void Build(const Execution& execution, bool sinks);
    std::span<const Group> fired() const { return fired_; }
    // nullptr if the id did not fire.
    const Group* Find(uint32_t id) const;
    std::span<const uint32_t> events(const Group& group) const {
      return {events_.data() + group.first, group.count};
    }

   private:
    absl::flat_hash_map<uint32_t, uint32_t> slot_of_id_;
    std::vector<uint32_t> group_of_slot_;  // valid only where fired_[it].id is the slot's id
    std::vector<Group> fired_;
    std::vector<uint32_t> event_group_;
    std::vector<uint32_t> events_;
  };

  void Consider(const Execution& execution, uint32_t flow, const Group& source, const Group& sink);
  bool AllHit(std::span<const uint32_t> intermediates) const;

  const FlowDb& db_;
  const FlowIndex index_;
  const uint32_t max_listed_;
  EventGroups sources_, sinks_;
  std::vector<uint32_t> hit_in_;  // by intermediate id: the last execution that hit it
  uint32_t execution_number_ = 0;
  Correlation result_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CORRELATOR_H_
