// Decides which flows of a database one execution completed.
//
// A flow is complete if a source event of its source id has a smaller timestamp than a sink event
// of its sink id and all of its intermediates were hit; every such (source event, sink event) pair
// is one completion. Pairs multiply: all are counted and measured, `max_listed` of them a flow are
// listed.
//
// Cost follows the events that fired and the flows that they could complete, never the database's
// size. Fuzzers run the same path over and over: what follows from an execution's shape is kept (in
// bounded memory) from its second appearance on.

#ifndef FLOWMON_PLUGIN_CORRELATOR_H_
#define FLOWMON_PLUGIN_CORRELATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "flowdb/flowdb.h"
#include "flowdb/index.h"
#include "plugin/execution.h"
#include "plugin/record_template.h"

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

// A place of Progress's own; it means something in its epoch only.
struct ProgressClass {
  uint32_t epoch = 0;
  uint32_t index = 0;
};

// A flow whose source and sink both fired, whatever its intermediates, if their order is known.
struct FlowOrder {
  uint32_t flow;
  bool source_first;  // some source event came before some sink event
};

// All of it but the times in `flows` follows from the execution's shape: which events and hits
// came, in which order.
struct Correlation {
  std::vector<CompletedFlow> flows;  // ascending by flow id
  std::vector<Completion> listed;
  // Locations of which an event came, each once: indices into FlowDb::locations() of their kind.
  std::vector<uint32_t> sources, sinks;
  uint32_t num_unknown_events = 0;    // of no location of the database
  std::vector<uint32_t> hits_by_id;   // indices into Execution::hits, by ascending id
  std::span<const FlowOrder> orders;  // of a repeat: empty, as they are known
  // An earlier execution of the same shape was correlated to this very object.
  bool is_repeat = false;
  mutable RecordTemplate record;   // RecordFormatter's
  mutable ProgressClass progress;  // Progress's

  // A flow's first completions, ordered by sink event, then by source event.
  std::span<const Completion> Listed(const CompletedFlow& flow) const {
    return std::span(listed).subspan(flow.first_listed, flow.num_listed);
  }
};

// Not thread-safe: reuses its memory. The FlowDb must outlive it.
class Correlator {
 public:
  // At most `max_remembered_bytes` are spent on shapes; when they are full, all are forgotten.
  static constexpr size_t kDefaultRememberedBytes = size_t{32} << 20;
  Correlator(const FlowDb& db, uint32_t max_listed,
             size_t max_remembered_bytes = kDefaultRememberedBytes);

  // The result is valid until the next call; `execution` must be normalized.
  const Correlation& Correlate(const Execution& execution);

  size_t num_remembered() const { return shapes_.size(); }

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
    // Groups the events whose is_sink equals `sinks`; ids that no location has are left out. Their
    // number is returned.
    uint32_t Build(const Execution& execution, bool sinks);
    std::span<const Group> fired() const { return fired_; }
    // Indices into the locations, as fired().
    const std::vector<uint32_t>& fired_slots() const { return fired_slots_; }
    // nullptr if the id did not fire.
    const Group* Find(uint32_t id) const;
    // Indices of events, group by group.
    const std::vector<uint32_t>& events() const { return events_; }

   private:
    absl::flat_hash_map<uint32_t, uint32_t> slot_of_id_;
    std::vector<uint32_t> group_of_slot_;  // valid only where fired_[it].id is the slot's id
    std::vector<Group> fired_;
    std::vector<uint32_t> fired_slots_;
    std::vector<uint32_t> event_group_;
    std::vector<uint32_t> events_;
  };
  struct Shape {
    std::vector<uint32_t> key;
    std::vector<uint32_t> events;  // what the spans of its flows point to
    Correlation correlation;
  };

  void MakeKey(const Execution& execution);
  void Build(const Execution& execution, Shape& shape);
  void Consider(const Execution& execution, uint32_t flow, const Group& source, const Group& sink,
                Shape& shape);
  bool AllHit(std::span<const uint32_t> intermediates) const;
  // An execution of a shape that is not remembered.
  const Correlation& Meet(uint64_t hash, const Execution& execution);
  const Shape& Remember(uint64_t hash, const Execution& execution);

  const FlowDb& db_;
  const FlowIndex index_;
  const uint32_t max_listed_;
  const size_t max_remembered_bytes_;
  EventGroups sources_, sinks_;
  std::vector<uint32_t> hit_in_;  // by intermediate id: the last shape that was built with it
  uint32_t build_number_ = 0;
  std::vector<FlowOrder> orders_;  // of the last shape that was built
  std::vector<uint32_t> key_;
  Shape unremembered_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Shape>> shapes_;  // by hash of the key
  Shape* previous_ = nullptr;                                     // the one that was asked for last
  size_t remembered_bytes_ = 0;
  std::vector<uint64_t> seen_once_;  // hashes, at a place of their own
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CORRELATOR_H_
