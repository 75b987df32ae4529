// Which of a call's data a source or a sink reports. Knows neither LLVM nor the database.
//
// Arguments are numbered from 0, in C++ methods `this` is number 0.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_DATA_RULE_H_
#define FLOWMON_RUNTIME_INSTRUMENT_DATA_RULE_H_

#include <cstdint>

namespace flowmon {

// libFuzzer's name of the function that is given the input.
inline constexpr char kFuzzEntry[] = "LLVMFuzzerTestOneInput";

inline constexpr int8_t kReturnValue = -1;  // in place of an argument's number
inline constexpr int8_t kMaxArgument = 99;

struct SizeRule {
  enum class Kind : uint8_t {
    kNone,
    kArgument,       // argument a
    kProduct,        // argument a * argument b
    kReturned,       // from here on after the call: the value returned, 0 if negative
    kReturnedTimes,  // the same * argument a
    kReturnedUpTo,   // the value returned, 0 if negative, at most argument a
  };
  Kind kind = Kind::kNone;
  int8_t a = 0;
  int8_t b = 0;
  friend bool operator==(const SizeRule&, const SizeRule&) = default;
};

struct DataRule {
  enum class Kind : uint8_t {
    kBytes,         // `size` bytes at pointer argument `argument`
    kText,          // up to the NUL at pointer `argument`, at most `size` bytes if there is a rule
    kPointeeBytes,  // `size` bytes at the pointer that `argument` points to
    kPointeeText,   // up to the NUL at the pointer that `argument` points to
    kVector,        // `size` bytes, at most, of the first buffer of the iovec array `argument`
    kMessage,       // the same of the msghdr that `argument` points to
    kScanned,       // what scanf() stores first, if its format is `argument`
    kValue,         // `argument` itself
    kSize,          // `size` itself
  };
  Kind kind;
  int8_t argument = 0;  // or kReturnValue
  SizeRule size;
  friend bool operator==(const DataRule&, const DataRule&) = default;
};

// Can be followed only when the call is over.
constexpr bool NeedsReturnValue(const DataRule& rule) {
  return rule.argument == kReturnValue || rule.size.kind >= SizeRule::Kind::kReturned;
}

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_DATA_RULE_H_
