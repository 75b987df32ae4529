// What a campaign's statistics say about one flow: doc/VERDICTS.md has the rules.

#ifndef FLOWMON_TOOLS_VERDICT_H_
#define FLOWMON_TOOLS_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "flowdb/flowdb.h"
#include "tools/campaign_files.h"

namespace flowmon {

// From the strongest to the weakest.
enum class Verdict : uint8_t {
  kConfirmed,
  kCompleted,
  kConstantSink,
  kWrongOrder,
  kPartlyReached,
  kSourceOnly,
  kSinkOnly,
  kNotReached,
  kNotInstrumented,
};
inline constexpr Verdict kVerdicts[] = {
    Verdict::kConfirmed,  Verdict::kCompleted,     Verdict::kConstantSink,
    Verdict::kWrongOrder, Verdict::kPartlyReached, Verdict::kSourceOnly,
    Verdict::kSinkOnly,   Verdict::kNotReached,    Verdict::kNotInstrumented};

std::string_view VerdictName(Verdict verdict);  // "confirmed", "constant sink", ...
std::optional<Verdict> VerdictOfName(std::string_view name);

// Adds what another instance saw of the same flow. Distinct values become those of the instance
// that saw more: a lower bound.
void MergeFlowStats(const FlowStatsLine& other, FlowStatsLine& stats);

Verdict Judge(const FlowStatsLine& stats, bool is_instrumented);

// Why, one phrase: "a function of the source, 812 times", "blocked at step 3 of 5, a.c:17: 2
// reached in 240 executions, 3 in none".
std::string ExplainVerdict(Verdict verdict, const FlowStatsLine& stats, const FlowDb& db,
                           const Flow& flow);

// The place of one of a flow's steps: 0 the source, then the intermediates, the last the sink.
std::string DescribeStep(const FlowDb& db, const Flow& flow, uint32_t step);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_VERDICT_H_
