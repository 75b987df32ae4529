// What flowmon takes from a SARIF 2.1.0 log: a run's facts and one result, as written, nothing
// resolved. Plain data between sarif_reader.h, which fills it, and its users.
//
// Numbers are as SARIF has them: lines and columns from 1 (0 = absent), indexes and offsets from 0
// (-1 = absent). Strings are empty when absent.

#ifndef FLOWMON_FLOWDB_SARIF_SARIF_LOG_H_
#define FLOWMON_FLOWDB_SARIF_SARIF_LOG_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace flowmon {

struct SarifArtifactLocation {
  std::string uri;
  std::string uri_base_id;
  int64_t index = -1;  // into SarifRun::artifacts
};

struct SarifRegion {
  int64_t start_line = 0, start_column = 0, end_line = 0, end_column = 0;
  int64_t char_offset = -1, char_length = 0;
  int64_t byte_offset = -1, byte_length = 0;
  std::string snippet = {};
};

struct SarifStep {
  SarifArtifactLocation artifact;
  SarifRegion region;
  int64_t cached = -1;  // into SarifRun::steps, for what is not told here
  int64_t execution_order = -1;
  bool has_place = false;  // a physicalLocation
  bool unimportant = false;
  // From `kinds`, and from the message where a producer tells it there.
  bool is_source = false, is_taint = false, is_sink = false, is_taint_origin = false;
  // As new, but keeps the capacity of its strings: there are millions of steps.
  void Clear();
};

using SarifMessageStrings = absl::flat_hash_map<std::string, std::string>;  // id -> text

struct SarifRule {
  std::string id;
  std::string level;
  SarifMessageStrings messages;
};

// The driver, or an extension.
struct SarifComponent {
  std::string name, version;
  std::vector<SarifRule> rules;
  absl::flat_hash_map<std::string, uint32_t> rule_of_id;
  SarifMessageStrings global_messages;
};

struct SarifRun {
  uint32_t index = 0;  // in the file
  SarifComponent driver;
  std::vector<SarifComponent> extensions;
  std::vector<SarifArtifactLocation> artifacts;
  absl::flat_hash_map<std::string, SarifArtifactLocation> uri_bases;  // id -> where it is
  std::vector<SarifStep> steps;  // that the results refer to by SarifStep::cached
  bool columns_are_utf16 = true;
  bool has_external_files = false;
};

struct SarifMessage {
  std::string text, id;
  std::vector<std::string> arguments;
};

// Steps [first, first + count) of SarifResult::steps.
struct SarifThreadFlow {
  uint32_t code_flow = 0, thread_flow = 0;
  size_t first = 0, count = 0;
};

struct SarifResult {
  uint32_t index = 0;  // in the run
  std::string rule_id;
  int64_t rule_index = -1;
  int64_t component_index = -1;  // into SarifRun::extensions, -1 = the driver
  std::string component_name;    // or by name
  std::string level, kind;
  SarifMessage message;
  std::map<std::string, std::string> fingerprints, partial_fingerprints;
  bool suppressed = false;
  bool absent = false;           // baselineState: it is not in the code any more
  std::vector<SarifStep> steps;  // of all thread flows; only the first num_steps mean something
  size_t num_steps = 0;
  std::vector<SarifThreadFlow> thread_flows;
  bool too_long = false;  // more steps than kMaxSarifSteps; there are none then
  std::string problem;    // what has a wrong type, empty for nothing
  uint64_t offset = 0;    // in the file
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_SARIF_LOG_H_
