// What a location is to report, as the label `data` of a .flowdb says it (doc/FLOWDB.md, "LABEL").

#ifndef FLOWMON_RUNTIME_INSTRUMENT_DATA_CHOICE_H_
#define FLOWMON_RUNTIME_INSTRUMENT_DATA_CHOICE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace flowmon {

inline constexpr char kDataLabel[] = "data";

struct DataChoice {
  enum class Kind : uint8_t { kValue, kIndex, kSize, kBytes, kBound, kDivisor, kText, kArgument };
  Kind kind;
  uint8_t argument = 0;  // kArgument only
  friend bool operator==(const DataChoice&, const DataChoice&) = default;
};

// "index", "argument:2", ...; nullopt for anything else.
std::optional<DataChoice> ParseDataChoice(std::string_view label);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_DATA_CHOICE_H_
