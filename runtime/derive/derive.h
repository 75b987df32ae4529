// Derives the dataflows of a program: from its sources to the places where data can do harm
// (doc/DERIVE.md).

#ifndef FLOWMON_RUNTIME_DERIVE_DERIVE_H_
#define FLOWMON_RUNTIME_DERIVE_DERIVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/IR/Module.h"
#include "runtime/derive/rules.h"
#include "runtime/derive/source_place.h"
#include "runtime/instrument/function_rules.h"

namespace flowmon {

struct DeriveOptions {
  std::vector<std::string> entries;  // empty: the fuzz entry, else main
  FunctionRules functions;           // the user's own sources and sinks
  uint32_t max_path_steps = 400;
  uint64_t max_states = 20'000'000;  // of all sources: values and memory that data is followed to
  uint64_t max_points_to_steps = 5'000'000;
};

enum class Confidence : uint8_t { kHigh, kMedium, kLow };
constexpr std::string_view kConfidenceNames[] = {"high", "medium", "low"};

struct DerivedFlow {
  SourcePlace source;
  std::string source_name;
  std::string_view source_data;  // label `data`, empty for none
  SourcePlace sink;
  std::string sink_data;
  Rule rule;
  Confidence confidence;
  std::vector<SourcePlace> steps;  // between source and sink, in order; all different
  std::string sink_name;           // "memcpy()" for a library call
};

struct DerivedFlows {
  std::vector<DerivedFlow> flows;  // by confidence, then by place: the same program, the same order
  std::string entry;
  uint64_t num_sources = 0;
  uint64_t num_cut_paths = 0;     // not followed to their end
  uint64_t num_cut_sources = 0;   // whose data was not followed everywhere
  bool points_to_is_cut = false;  // pointers were not followed to their end
  uint64_t num_checked = 0;       // flows left out since the program checks the value
};

// Changes the module beyond recognition. Error: no entry.
absl::StatusOr<DerivedFlows> DeriveFlows(llvm::Module& module, const DeriveOptions& options);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_DERIVE_H_
