// Sources and sinks that a user has named: the file in FLOW_FUNCTIONS (doc/INSTRUMENT.md, "Your own
// functions"). One rule a line, `#` begins a comment:
//
//     source:my_recv=bytes:1,size:return
//     sink:net::Socket::Send*=bytes:1,size:argument2
//
// Read by the pass and by the deriver. Knows neither LLVM nor the database.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_FUNCTION_RULES_H_
#define FLOWMON_RUNTIME_INSTRUMENT_FUNCTION_RULES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/instrument/data_rule.h"

namespace flowmon {

enum class FunctionRole : uint8_t { kSource, kSink };

struct FunctionRule {
  FunctionRole role;
  // A function's name as the linker has it, or a C++ one as the source has it, without parameters
  // ("ns::Class::Method"); `*` stands for any characters, `?` for one.
  std::string name;
  DataRule data;
  uint32_t line;  // of the file
};

// A plain value; const members may be called from any thread.
class FunctionRules {
 public:
  static constexpr char kEnvironmentVariable[] = "FLOW_FUNCTIONS";

  // Errors: "<file_name>:<line>: what is wrong, and what may stand there".
  static absl::StatusOr<FunctionRules> Parse(std::string_view text, std::string_view file_name);
  static absl::StatusOr<FunctionRules> Read(const std::string& path);

  // The rule for a function by its linker name, mangled in C++; of several that fit, the last one.
  // nullptr if there is none. Valid as long as this object.
  const FunctionRule* Find(FunctionRole role, std::string_view symbol) const;

  const std::vector<FunctionRule>& rules() const { return rules_; }  // as in the file

 private:
  std::vector<FunctionRule> rules_;
};

// "ns::Class::Method" for the mangled name of a C++ function, `symbol` itself for any other.
std::string QualifiedName(std::string_view symbol);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_FUNCTION_RULES_H_
