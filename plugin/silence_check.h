// Says why a campaign sees nothing: the target was built with another database, or many executions
// have brought no event. Each is told once.
//
// What can be seen from inside the fuzzer; `flowmon doctor` looks at the target itself.

#ifndef FLOWMON_PLUGIN_SILENCE_CHECK_H_
#define FLOWMON_PLUGIN_SILENCE_CHECK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/database_fit.h"

namespace flowmon {

// Why there has been no event, as far as is known.
enum class Silence : uint8_t { kNone, kSwitchedOff, kNotAttached, kNothingReached };
// "none", "FLOW_SHM=off", "not attached", "nothing reached": of flowmon_stats.
std::string_view SilenceName(Silence silence);

class SilenceCheck {
 public:
  static constexpr uint64_t kPatience = 1000;  // executions

  struct Signs {
    uint64_t executions = 0;
    bool any_event = false;     // ever
    bool any_hit = false;       // of an intermediate
    bool is_attached = false;   // some process has mapped the session, or made files
    bool knows_attach = false;  // else a process without an event leaves no sign
    DatabaseFit fit = DatabaseFit::kNoDifference;
    bool is_switched_off = false;  // FLOW_SHM=off
  };
  // The warnings that are new, one sentence or two each.
  std::vector<std::string> Look(const Signs& signs);

  bool flowdb_mismatch() const { return flowdb_mismatch_; }
  Silence silence() const { return silence_; }

 private:
  bool flowdb_mismatch_ = false;
  bool told_silence_ = false;
  Silence silence_ = Silence::kNone;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_SILENCE_CHECK_H_
