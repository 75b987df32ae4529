// What is known of library functions: which of their data a source or a sink reports.
//
// One declarative table, in library_calls.cc; doc/INSTRUMENT.md lists the same for people.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "flowdb/flowdb.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {

inline constexpr int8_t kReturnValue = -1;  // in place of an argument's number

struct SizeRule {
  enum class Kind : uint8_t {
    kNone,
    kArgument,       // argument a
    kProduct,        // argument a * argument b
    kReturned,       // the value returned, 0 if negative
    kReturnedTimes,  // the value returned * argument a
  };
  Kind kind = Kind::kNone;
  int8_t a = 0;
  int8_t b = 0;
};

struct DataRule {
  enum class Kind : uint8_t {
    kBytes,         // `size` bytes at pointer argument `argument`
    kText,          // up to the NUL at pointer `argument`, at most `size` bytes if there is a rule
    kPointeeBytes,  // `size` bytes at the pointer that `argument` points to
    kValue,         // `argument` itself
    kSize,          // `size` itself
  };
  Kind kind;
  int8_t argument = 0;  // or kReturnValue
  SizeRule size;
};

// As the source code has it: "memcpy" for "llvm.memcpy.p0...". Empty for an indirect call.
std::string CalleeName(const llvm::CallBase& call);

// nullptr if the function is unknown as a source or a sink, is defined for this file alone, or does
// not take the arguments that the library function takes. Variants of a name (fopen64,
// __isoc23_strtol) count as the function itself. `kind` is kSource or kSink.
const DataRule* FindLibraryCall(const llvm::CallBase& call, LocationKind kind);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_LIBRARY_CALLS_H_
