// How far executions have got along each flow, and where they stop. doc/VERDICTS.md says what the
// figures mean.
//
// Executions in which the same sources and sinks fired and the same intermediates were hit, in the
// same order of first hits, get equally far: they form a class. An execution costs one count of its
// class (for a repeated shape; else a look-up of the class besides); what the classes have reached
// is worked out in Settle(), at intervals.

#ifndef FLOWMON_PLUGIN_PROGRESS_H_
#define FLOWMON_PLUGIN_PROGRESS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "flowdb/flowdb.h"
#include "plugin/correlator.h"
#include "plugin/execution.h"
#include "plugin/flow_trie.h"

namespace flowmon {

// Steps are counted along the path: 0 the source, 1 to n the intermediates, n + 1 the sink.
struct FlowProgress {
  // Of the executions in which the source fired: the most intermediates that one of them hit,
  uint32_t best_steps = 0;
  // the most that one hit without leaving out an earlier one,
  uint32_t prefix = 0;
  // and the same, only if each was hit for the first time behind the one before it. 0 where the
  // order of hits is not known (files, several processes in one execution).
  uint32_t ordered_prefix = 0;
  // The first step that no execution reached together with all steps before it; 0 if the source
  // never fired, or if the sink was reached. And how many reached the step before it.
  uint32_t blocked_step = 0;
  uint64_t reached_before = 0;
  // The step that stopped most of the executions in which the source fired, and how many: they
  // reached the step before it and not this one. 0 if none was stopped.
  uint32_t most_stopped_step = 0;
  uint64_t most_stopped = 0;
};

// Not thread-safe. The FlowDb must outlive it.
class Progress {
 public:
  // What is remembered of classes takes about `max_bytes`; when it is full, they are settled and
  // forgotten.
  static constexpr size_t kDefaultBytes = size_t{16} << 20;
  // What Settle() may always take for best_steps.
  static constexpr uint64_t kDefaultExamineNs = 10'000'000;
  explicit Progress(const FlowDb& db, size_t max_bytes = kDefaultBytes,
                    uint64_t min_examine_ns = kDefaultExamineNs);

  // Takes in one execution.
  void Add(const Execution& execution, const Correlation& correlation);
  // Works out what was added, at a cost that follows what was reached, but for `best_steps`: these
  // are looked for no longer than a fiftieth of the time since the last call (and not less than
  // `min_examine_ns`), as a database may have very many flows.
  void Settle();

  // As of the last Settle().
  FlowProgress flow(uint32_t index) const;
  // The executions that reached each step of the flow together with all steps before it: those of
  // step 0 (the source) to n + 1 (the sink).
  std::vector<uint64_t> ReachedSteps(uint32_t index) const;
  // Executions that hit an intermediate; 0 for an id that is none.
  uint64_t hit_executions(uint32_t id) const {
    return id < hit_executions_.size() ? hit_executions_[id] : 0;
  }
  // Executions that best_steps leaves out, for want of time.
  uint64_t num_unexamined() const { return num_unexamined_; }

 private:
  struct Class {
    uint64_t num_executions;  // not settled yet
    uint64_t num_unexamined;  // settled, but for best_steps
    size_t first;             // into words_: the sources, the sinks, then the hits
    uint32_t num_sources, num_sinks, num_hits;
    bool hits_are_ordered;
    bool is_examined;
  };
  Class& Find(const Execution& execution, const Correlation& correlation);
  std::span<const uint32_t> Words(const Class& entry) const;
  void Mark(const Class& entry);
  void Count(const Class& entry);
  void CountChild(FlowTrie::Node child, bool is_ordered, uint32_t position, uint64_t executions);
  // False if the time was over before it was done.
  bool Examine(const Class& entry, uint64_t deadline_ns);
  void Forget();

  const FlowDb& db_;
  const size_t max_bytes_;
  const uint64_t min_examine_ns_;
  const FlowTrie trie_;
  std::vector<uint64_t> reached_;         // executions, by node
  std::vector<bool> ordered_;             // nodes that were reached in order
  std::vector<uint64_t> hit_executions_;  // by intermediate id
  std::vector<uint32_t> best_;            // by flow
  // By source: the flows whose intermediates were not all hit together yet.
  std::vector<std::vector<uint32_t>> open_flows_;

  std::vector<Class> classes_;
  std::vector<uint32_t> words_;  // of all classes
  absl::flat_hash_map<uint64_t, uint32_t> class_of_hash_;
  uint32_t epoch_ = 1;  // of classes_: they are counted from 0 again in each
  uint64_t num_unexamined_ = 0;
  uint64_t last_settled_ns_;

  // Of the class that is being worked out: its number, by intermediate id and by sink; and where in
  // the order of hits an id came.
  uint32_t mark_ = 0;
  std::vector<uint32_t> hit_mark_, sink_mark_, hit_position_;
  std::vector<uint32_t> steps_;  // its hits and sinks as steps of the trie, each once
  struct Visit {
    FlowTrie::Node node;
    bool is_ordered;
  };
  std::vector<Visit> stack_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_PROGRESS_H_
