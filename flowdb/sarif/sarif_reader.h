// Reads a SARIF 2.1.0 log of any size: the facts of a run, then its results one by one.
//
// The order of keys in SARIF is free: what a result refers to may come behind it. So a run is read
// twice, first without its results. Memory holds one run's facts and one result.

#ifndef FLOWMON_FLOWDB_SARIF_SARIF_READER_H_
#define FLOWMON_FLOWDB_SARIF_SARIF_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "flowdb/sarif/sarif_log.h"

namespace flowmon {

inline constexpr size_t kMaxSarifSteps = 1'000'000;     // of one result
inline constexpr size_t kMaxSarifRunItems = 1'000'000;  // rules, artifacts, ... of one run

// Called in the order of the file. References are valid during the call.
class SarifVisitor {
 public:
  virtual ~SarifVisitor() = default;
  virtual void OnRun(const SarifRun& run) = 0;
  virtual void OnResult(const SarifRun& run, const SarifResult& result) = 0;
};

struct SarifFileFacts {
  uint64_t content_hash = 0;          // xxHash64, seed 0, of the file's bytes
  std::vector<std::string> warnings;  // "a.sarif:12: ...", the first ones
  uint64_t num_warnings = 0;          // all of them
};

// Errors: a file that is missing, unreadable or no regular file, no JSON or no SARIF, or cut off;
// they name the line. What was visited until then has been visited.
absl::StatusOr<SarifFileFacts> ReadSarif(const std::string& path, SarifVisitor& visitor);
// `name` is for messages.
absl::StatusOr<SarifFileFacts> ReadSarifText(std::string_view text, std::string_view name,
                                             SarifVisitor& visitor);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_SARIF_READER_H_
