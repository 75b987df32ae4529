// What a scanf() of this format stores first.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_SCAN_FORMAT_H_
#define FLOWMON_RUNTIME_INSTRUMENT_SCAN_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace flowmon {

struct ScannedData {
  enum class Kind : uint8_t {
    kText,           // a string
    kAllocatedText,  // a pointer to a new string (%ms)
    kBytes,          // `size` bytes
  };
  Kind kind;
  uint64_t size = 0;      // kBytes only
  unsigned position = 0;  // of its argument, after the format
  friend bool operator==(const ScannedData&, const ScannedData&) = default;
};

// nullopt if it stores nothing, or something that is not known.
std::optional<ScannedData> FirstScanned(std::string_view format);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_SCAN_FORMAT_H_
