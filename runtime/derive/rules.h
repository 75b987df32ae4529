// The rules of the deriver: what kinds of sinks there are. doc/DERIVE.md describes them.

#ifndef FLOWMON_RUNTIME_DERIVE_RULES_H_
#define FLOWMON_RUNTIME_DERIVE_RULES_H_

#include <cstdint>
#include <string_view>

namespace flowmon {

enum class Rule : uint8_t {
  kCopy,
  kCopySize,
  kIndex,
  kAllocationSize,
  kLoopBound,
  kDivision,
  kFormat,
  kCommand,
  kPath,
  kFunction,  // a sink that the user's own file names
};

inline constexpr std::string_view kRuleNames[] = {
    "copy",   "copy-size", "index", "allocation-size", "loop-bound", "division",
    "format", "command",   "path",  "function"};

constexpr std::string_view RuleName(Rule rule) { return kRuleNames[static_cast<size_t>(rule)]; }

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_RULES_H_
