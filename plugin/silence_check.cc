#include "plugin/silence_check.h"

#include <utility>

#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

Silence Diagnose(const SilenceCheck::Signs& signs) {
  if (signs.any_event || signs.executions < SilenceCheck::kPatience) return Silence::kNone;
  if (signs.is_switched_off) return Silence::kSwitchedOff;
  if (!signs.is_attached && signs.knows_attach) return Silence::kNotAttached;
  return Silence::kNothingReached;
}

std::string Sentence(Silence silence, const SilenceCheck::Signs& signs) {
  switch (silence) {
    case Silence::kSwitchedOff:
      return "FLOW_SHM=off is set: unset it";
    case Silence::kNotAttached:
      return "no process of the target has attached: it was not built with flow-cc, or a wrapper "
             "clears its environment";
    default:
      return StrCat(signs.is_attached ? "the target has attached, but no" : "no",
                    " source or sink of the database was reached",
                    signs.any_hit ? ", only intermediates" : "");
  }
}

}  // namespace

std::string_view SilenceName(Silence silence) {
  switch (silence) {
    case Silence::kNone:
      return "none";
    case Silence::kSwitchedOff:
      return "FLOW_SHM=off";
    case Silence::kNotAttached:
      return "not attached";
    case Silence::kNothingReached:
      return "nothing reached";
  }
  return "none";
}

std::vector<std::string> SilenceCheck::Look(const Signs& signs) {
  std::vector<std::string> warnings;
  const bool mismatch = signs.fit != DatabaseFit::kNoDifference;
  if (mismatch && !std::exchange(flowdb_mismatch_, true))
    warnings.push_back(
        StrCat(signs.fit == DatabaseFit::kSeveral
                   ? "the target's objects were compiled with several databases"
                   : "the target was compiled with another database than the one that is loaded",
               ", so ids may mean other places: compile it from scratch with this one, or set "
               "FLOW_MONITOR_FLOWDB to the target's"));
  silence_ = Diagnose(signs);
  if (silence_ != Silence::kNone && !std::exchange(told_silence_, true))
    warnings.push_back(StrCat(signs.executions,
                              " executions have brought no event: ", Sentence(silence_, signs),
                              "; run `flowmon doctor -- <target>` to find out more"));
  return warnings;
}

}  // namespace flowmon
