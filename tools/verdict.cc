#include "tools/verdict.h"

#include <algorithm>
#include <iterator>

#include "flowdb/str_cat.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

// doc/VERDICTS.md has these figures, too.
constexpr uint64_t kMinSourceValuesOfConstant = 8;
constexpr uint64_t kMinIdentical = 8;
constexpr uint64_t kMinRepeats = 32;

constexpr std::string_view kNames[] = {"confirmed",   "completed",      "constant sink",
                                       "wrong order", "partly reached", "source only",
                                       "sink only",   "not reached",    "not instrumented"};
static_assert(std::size(kNames) == std::size(kVerdicts));

bool IsIdentical(const FlowStatsLine& stats) {
  return stats.not_identical == 0 && stats.identical >= kMinIdentical &&
         stats.value_pairs >= kMinIdentical;
}

bool IsFunction(const FlowStatsLine& stats) {
  return stats.contradictions == 0 && stats.repeats >= kMinRepeats;
}

// How far it got, for comparison: the blocked step, or beyond all of them.
uint32_t Reach(const FlowStatsLine& stats) {
  if (stats.source_executions == 0) return 0;
  return stats.blocked_step == 0 ? UINT32_MAX : stats.blocked_step;
}

// Of `count`, which is `is_exact`: no longer, if both have seen some.
void MergeDistinct(uint64_t other, bool other_is_exact, uint64_t& count, bool& is_exact) {
  is_exact = is_exact && other_is_exact && (count == 0 || other == 0);
  count = std::max(count, other);
}

std::string ExplainCompleted(const FlowStatsLine& stats) {
  if (stats.contradictions > 0)
    return StrCat("the sink also depends on something else: other values in ",
                  FormatCount(stats.contradictions), " of ", FormatCount(stats.repeats),
                  " executions with the same source");
  if (stats.is_constant_in_each) return "each instance saw one sink value, and not the same one";
  if (stats.sink_values < 2)
    return StrCat("1 sink value with ", FormatCount(stats.source_values),
                  " source values, too few to say more");
  return StrCat("too few executions with the same source to say more: ",
                FormatCount(stats.repeats));
}

std::string ExplainBlocked(const FlowStatsLine& stats, const FlowDb& db, const Flow& flow) {
  if (stats.blocked_step == 0)
    return "all of it ran in one execution, but no stored sink event came behind the source: the "
           "order was another, or shared_memory.max_events_per_id was reached";
  const size_t last = flow.intermediates.size() + 1;
  const std::string step = stats.blocked_step == last
                               ? "the sink"
                               : StrCat("step ", stats.blocked_step, " of ", last - 1);
  const std::string before =
      stats.blocked_step == 1 ? "the source" : StrCat("step ", stats.blocked_step - 1);
  return StrCat("blocked at ", step, ", ", DescribeStep(db, flow, stats.blocked_step), ": ", before,
                " reached in ", FormatCount(stats.reached_before), " executions, this in none");
}

void AddUp(const std::vector<uint64_t>& other, std::vector<uint64_t>& numbers) {
  numbers.resize(std::max(numbers.size(), other.size()));
  for (size_t i = 0; i < other.size(); ++i) numbers[i] += other[i];
}

}  // namespace

std::string_view VerdictName(Verdict verdict) { return kNames[static_cast<size_t>(verdict)]; }

std::optional<Verdict> VerdictOfName(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Verdict>(found - std::begin(kNames));
}

void MergeFlowStats(const FlowStatsLine& other, FlowStatsLine& stats) {
  const bool both_completed = stats.completions > 0 && other.completions > 0;
  if (other.completions > 0 && (stats.completions == 0 || other.first_ms < stats.first_ms)) {
    stats.first_ms = other.first_ms;
    stats.first_execution = other.first_execution;
  }
  if (both_completed) {
    const bool is_same_constant = stats.sink_values == 1 && other.sink_values == 1 &&
                                  stats.only_sink_value == other.only_sink_value;
    if (stats.sink_values == 1 && other.sink_values == 1 && !is_same_constant) {
      stats.sink_values = 2;
      stats.is_constant_in_each = true;
    }
    // Of the same single value there is one in both together.
    if (is_same_constant) stats.sink_values = 0;
    stats.min_ns = std::min(stats.min_ns, other.min_ns);
    stats.max_ns = std::max(stats.max_ns, other.max_ns);
    const auto all = static_cast<double>(stats.completions + other.completions);
    stats.avg_ns += (other.avg_ns - stats.avg_ns) * static_cast<double>(other.completions) / all;
  } else if (other.completions > 0) {
    stats.min_ns = other.min_ns;
    stats.max_ns = other.max_ns;
    stats.avg_ns = other.avg_ns;
  }
  MergeDistinct(other.source_values, other.source_values_exact, stats.source_values,
                stats.source_values_exact);
  MergeDistinct(other.sink_values, other.sink_values_exact, stats.sink_values,
                stats.sink_values_exact);
  MergeDistinct(other.value_pairs, other.value_pairs_exact, stats.value_pairs,
                stats.value_pairs_exact);
  if (stats.only_sink_value.empty()) stats.only_sink_value = other.only_sink_value;
  if (stats.sink_values != 1) stats.only_sink_value.clear();

  const uint32_t reach = Reach(stats), other_reach = Reach(other);
  if (other_reach > reach) {
    stats.blocked_step = other.blocked_step;
    stats.reached_before = other.reached_before;
  } else if (other_reach == reach) {
    stats.reached_before += other.reached_before;
  }
  if (other.most_stopped_step == stats.most_stopped_step) {
    stats.most_stopped += other.most_stopped;
  } else if (other.most_stopped > stats.most_stopped) {
    stats.most_stopped_step = other.most_stopped_step;
    stats.most_stopped = other.most_stopped;
  }
  AddUp(other.reached, stats.reached);
  AddUp(other.step_executions, stats.step_executions);
  for (const auto& [width, executions] : other.times) {
    const auto known = std::ranges::lower_bound(stats.times, width, {},
                                                [](const auto& entry) { return entry.first; });
    if (known != stats.times.end() && known->first == width)
      known->second += executions;
    else
      stats.times.insert(known, {width, executions});
  }
  stats.steps_reached = std::max(stats.steps_reached, other.steps_reached);
  stats.best_steps = std::max(stats.best_steps, other.best_steps);
  stats.prefix = std::max(stats.prefix, other.prefix);
  stats.ordered_prefix = std::max(stats.ordered_prefix, other.ordered_prefix);
  if (other.wrong_order) stats.wrong_order = stats.wrong_order.value_or(true) && *other.wrong_order;
  stats.source_executions += other.source_executions;
  stats.sink_executions += other.sink_executions;
  stats.completions += other.completions;
  stats.executions += other.executions;
  stats.contradictions += other.contradictions;
  // Of a sink that did not vary these show nothing.
  if (other.sink_values > 1) {
    stats.repeats += other.repeats;
    stats.identical += other.identical;
    stats.is_constant_in_each = false;
  }
  stats.not_identical += other.not_identical;
}

Verdict Judge(const FlowStatsLine& stats, bool is_instrumented) {
  if (stats.completions > 0) {
    if (stats.sink_values > 1)
      return IsIdentical(stats) || IsFunction(stats) ? Verdict::kConfirmed : Verdict::kCompleted;
    const bool is_constant =
        stats.sink_values_exact && stats.source_values >= kMinSourceValuesOfConstant;
    return is_constant ? Verdict::kConstantSink : Verdict::kCompleted;
  }
  if (!is_instrumented) return Verdict::kNotInstrumented;
  if (stats.wrong_order.value_or(false)) return Verdict::kWrongOrder;
  const bool source = stats.source_executions > 0, sink = stats.sink_executions > 0;
  if (source && (sink || stats.steps_reached > 0)) return Verdict::kPartlyReached;
  if (source) return Verdict::kSourceOnly;
  return sink ? Verdict::kSinkOnly : Verdict::kNotReached;
}

std::string DescribeStep(const FlowDb& db, const Flow& flow, uint32_t step) {
  const auto describe = [&](LocationKind kind, uint32_t id) {
    return db.Describe(*db.FindLocation(kind, id), false);
  };
  if (step == 0) return describe(LocationKind::kSource, flow.source_id);
  if (step > flow.intermediates.size()) return describe(LocationKind::kSink, flow.sink_id);
  return describe(LocationKind::kIntermediate, flow.intermediates[step - 1]);
}

std::string ExplainVerdict(Verdict verdict, const FlowStatsLine& stats, const FlowDb& db,
                           const Flow& flow) {
  switch (verdict) {
    case Verdict::kConfirmed:
      if (IsIdentical(stats))
        return StrCat("the sink's values are the source's, in all of ",
                      FormatCount(stats.identical), " executions with new values");
      return StrCat("the sink is a function of the source: the same in all of ",
                    FormatCount(stats.repeats), " executions with the same source");
    case Verdict::kCompleted:
      return ExplainCompleted(stats);
    case Verdict::kConstantSink:
      return StrCat("1 sink value with ", FormatCount(stats.source_values), " source values");
    case Verdict::kWrongOrder:
      return "the sink always ran before the source";
    case Verdict::kPartlyReached:
    case Verdict::kSourceOnly:
      return ExplainBlocked(stats, db, flow);
    case Verdict::kSinkOnly:
      return StrCat("the source never ran, the sink in ", FormatCount(stats.sink_executions),
                    " executions");
    case Verdict::kNotReached:
      return "neither source nor sink ever ran";
    case Verdict::kNotInstrumented:
      return "some of its locations are not in the program";
  }
  return "";
}

}  // namespace flowmon
