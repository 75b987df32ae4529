#include "plugin/progress.h"

#include <time.h>

#include <algorithm>

#include "plugin/clock.h"
#include "plugin/mix_hash.h"

namespace flowmon {
namespace {

constexpr uint64_t kExamineShare = 50;
// Intermediates that are looked at between two looks at the clock.
constexpr size_t kLooksAtOnce = 1 << 14;

}  // namespace

Progress::Progress(const FlowDb& db, size_t max_bytes, uint64_t min_examine_ns)
    : db_(db),
      max_bytes_(max_bytes),
      min_examine_ns_(min_examine_ns),
      trie_(db),
      reached_(trie_.size()),
      ordered_(trie_.size()),
      hit_executions_(db.coverage_map_size()),
      best_(db.num_flows()),
      open_flows_(db.locations(LocationKind::kSource).size()),
      last_settled_ns_(NowNs(CLOCK_MONOTONIC)),
      hit_mark_(db.coverage_map_size()),
      sink_mark_(db.locations(LocationKind::kSink).size()),
      hit_position_(db.coverage_map_size()) {
  const std::span<const Location> sources = db.locations(LocationKind::kSource);
  for (uint32_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    if (flow.intermediates.empty()) continue;
    const Location* source = db.FindLocation(LocationKind::kSource, flow.source_id);
    open_flows_[static_cast<size_t>(source - sources.data())].push_back(i);
  }
}

void Progress::Add(const Execution& execution, const Correlation& correlation) {
  ProgressClass& known = correlation.progress;
  if (known.epoch != epoch_) {
    Class& entry = Find(execution, correlation);
    known = {epoch_, static_cast<uint32_t>(&entry - classes_.data())};
  }
  ++classes_[known.index].num_executions;
}

Progress::Class& Progress::Find(const Execution& execution, const Correlation& correlation) {
  uint64_t hash = MixHash(1, execution.hits_are_ordered);
  for (const uint32_t source : correlation.sources) hash += MixHash(2, source);
  for (const uint32_t sink : correlation.sinks) hash += MixHash(3, sink);
  for (const Hit& hit : execution.hits) hash = MixHash(hash, hit.id);
  const auto known = class_of_hash_.find(hash);
  if (known != class_of_hash_.end()) return classes_[known->second];

  const size_t num_words =
      correlation.sources.size() + correlation.sinks.size() + execution.hits.size();
  constexpr size_t kBytesPerClass = sizeof(Class) + 2 * sizeof(uint64_t);
  if (!classes_.empty() &&
      (words_.size() + num_words) * sizeof(uint32_t) + (classes_.size() + 1) * kBytesPerClass >
          max_bytes_) {
    Settle();
    Forget();
  }
  class_of_hash_[hash] = static_cast<uint32_t>(classes_.size());
  classes_.push_back({0, 0, words_.size(), static_cast<uint32_t>(correlation.sources.size()),
                      static_cast<uint32_t>(correlation.sinks.size()),
                      static_cast<uint32_t>(execution.hits.size()), execution.hits_are_ordered,
                      false});
  words_.insert(words_.end(), correlation.sources.begin(), correlation.sources.end());
  words_.insert(words_.end(), correlation.sinks.begin(), correlation.sinks.end());
  for (const Hit& hit : execution.hits) words_.push_back(hit.id);
  return classes_.back();
}

void Progress::Forget() {
  classes_.clear();
  words_.clear();
  class_of_hash_.clear();
  if (++epoch_ == 0) epoch_ = 1;
}

std::span<const uint32_t> Progress::Words(const Class& entry) const {
  return std::span(words_).subspan(entry.first,
                                   size_t{entry.num_sources} + entry.num_sinks + entry.num_hits);
}

void Progress::Mark(const Class& entry) {
  if (++mark_ == 0) {  // wrapped: forget the marks of four billion classes ago
    std::ranges::fill(hit_mark_, 0);
    std::ranges::fill(sink_mark_, 0);
    mark_ = 1;
  }
  const std::span<const uint32_t> words = Words(entry);
  steps_.clear();
  for (const uint32_t sink : words.subspan(entry.num_sources, entry.num_sinks)) {
    sink_mark_[sink] = mark_;
    steps_.push_back(sink | FlowTrie::kSink);
  }
  uint32_t position = 0;
  for (const uint32_t id : words.last(entry.num_hits)) {
    ++position;
    if (id >= hit_mark_.size() || hit_mark_[id] == mark_) continue;
    hit_mark_[id] = mark_;
    hit_position_[id] = position;
    steps_.push_back(id);
  }
}

// Walks the part of the trie that the class has reached.
void Progress::Count(const Class& entry) {
  for (const uint32_t step : steps_)
    if (!(step & FlowTrie::kSink)) hit_executions_[step] += entry.num_executions;
  for (const uint32_t source : Words(entry).first(entry.num_sources))
    if (trie_.Root(source) != FlowTrie::kNone)
      stack_.push_back({trie_.Root(source), entry.hits_are_ordered});
  while (!stack_.empty()) {
    const auto [node, is_ordered] = stack_.back();
    stack_.pop_back();
    reached_[node] += entry.num_executions;
    if (is_ordered) ordered_[node] = true;
    const bool is_root = trie_.Parent(node) == FlowTrie::kNone;
    const uint32_t position = is_root ? 0 : hit_position_[trie_.Step(node)];
    const std::span<const FlowTrie::Node> children = trie_.Children(node);
    // By whatever is fewer: many flows may begin with the same source.
    if (children.size() <= steps_.size() * 8) {
      for (const FlowTrie::Node child : children)
        CountChild(child, is_ordered, position, entry.num_executions);
      continue;
    }
    for (const uint32_t step : steps_) {
      const auto child = std::ranges::lower_bound(
          children, step, {}, [&](FlowTrie::Node of) { return trie_.Step(of); });
      if (child != children.end() && trie_.Step(*child) == step)
        CountChild(*child, is_ordered, position, entry.num_executions);
    }
  }
}

void Progress::CountChild(FlowTrie::Node child, bool is_ordered, uint32_t position,
                          uint64_t executions) {
  const uint32_t step = trie_.Step(child);
  if (step & FlowTrie::kSink) {
    if (sink_mark_[step & ~FlowTrie::kSink] == mark_) reached_[child] += executions;
  } else if (hit_mark_[step] == mark_) {
    stack_.push_back({child, is_ordered && hit_position_[step] > position});
  }
}

bool Progress::Examine(const Class& entry, uint64_t deadline_ns) {
  for (const uint32_t source : Words(entry).first(entry.num_sources)) {
    std::vector<uint32_t>& open = open_flows_[source];
    size_t num_kept = 0, num_looks = 0;
    size_t i = 0;
    bool has_time = true;
    for (; i < open.size() && has_time; ++i) {
      const uint32_t index = open[i];
      const std::span<const uint32_t> steps = db_.flow(index).intermediates;
      const auto hit = static_cast<uint32_t>(
          std::ranges::count_if(steps, [&](uint32_t id) { return hit_mark_[id] == mark_; }));
      best_[index] = std::max(best_[index], hit);
      if (hit < steps.size()) open[num_kept++] = index;
      num_looks += steps.size();
      if (num_looks < kLooksAtOnce) continue;
      num_looks = 0;
      has_time = NowNs(CLOCK_MONOTONIC) < deadline_ns;
    }
    open.erase(open.begin() + static_cast<ptrdiff_t>(num_kept),
               open.begin() + static_cast<ptrdiff_t>(i));
    if (!has_time) return false;
  }
  return true;
}

void Progress::Settle() {
  const uint64_t start_ns = NowNs(CLOCK_MONOTONIC);
  const uint64_t deadline_ns =
      start_ns + std::max((start_ns - last_settled_ns_) / kExamineShare, min_examine_ns_);
  last_settled_ns_ = start_ns;
  for (Class& entry : classes_) {
    const bool may_examine = !entry.is_examined && NowNs(CLOCK_MONOTONIC) < deadline_ns;
    if (entry.num_executions == 0 && !may_examine) continue;
    Mark(entry);
    if (entry.num_executions > 0) Count(entry);
    if (may_examine && Examine(entry, deadline_ns)) {
      entry.is_examined = true;
      num_unexamined_ -= entry.num_unexamined;
    } else if (!entry.is_examined) {
      entry.num_unexamined += entry.num_executions;
      num_unexamined_ += entry.num_executions;
    }
    entry.num_executions = 0;
  }
}

std::vector<uint64_t> Progress::ReachedSteps(uint32_t index) const {
  std::vector<uint64_t> reached;
  for (FlowTrie::Node node = trie_.SinkOf(index); node != FlowTrie::kNone;
       node = trie_.Parent(node))
    reached.push_back(reached_[node]);
  std::ranges::reverse(reached);
  return reached;
}

FlowProgress Progress::flow(uint32_t index) const {
  FlowProgress progress;
  progress.best_steps = best_[index];
  const auto num_steps = static_cast<uint32_t>(db_.flow(index).intermediates.size());
  // From the sink back to the source.
  uint32_t step = num_steps + 1;
  uint64_t reached_behind = 0;
  for (FlowTrie::Node node = trie_.SinkOf(index); node != FlowTrie::kNone;
       node = trie_.Parent(node), --step) {
    const uint64_t reached = reached_[node];
    const uint64_t stopped = reached - reached_behind;
    reached_behind = reached;
    if (reached == 0) continue;
    progress.prefix = std::max(progress.prefix, std::min(step, num_steps));
    if (step > num_steps) continue;  // behind the sink is nothing to be stopped by
    if (ordered_[node]) progress.ordered_prefix = std::max(progress.ordered_prefix, step);
    if (stopped > progress.most_stopped) {
      progress.most_stopped = stopped;
      progress.most_stopped_step = step + 1;
    }
    // All of them: none has reached what is behind.
    if (stopped == reached && progress.blocked_step == 0) {
      progress.blocked_step = step + 1;
      progress.reached_before = reached;
    }
  }
  return progress;
}

}  // namespace flowmon
