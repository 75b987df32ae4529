// Makes one FlowDb of the code flows of any number of SARIF logs: doc/SARIF.md.
//
// Used by `flowmon sarif import`. Memory is bounded by the database and one result of a log.

#ifndef FLOWMON_FLOWDB_SARIF_IMPORTER_H_
#define FLOWMON_FLOWDB_SARIF_IMPORTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "flowdb/flowdb.h"
#include "flowdb/sarif/flow_collector.h"
#include "flowdb/sarif/place_resolver.h"
#include "flowdb/sarif/sarif_reader.h"

namespace flowmon {

struct SarifImportOptions {
  std::string root;                // where relative uris start; empty = unknown
  std::vector<std::string> rules;  // globs, of which a rule's id must match one; empty = all
  std::set<std::string> levels;    // empty = all
  bool skip_suppressed = false;
};

// A result, or one of its flows, that did not get into the database.
struct SarifSkip {
  std::string file;
  uint32_t run = 0, result = 0;
  std::string flow;  // "code flow 1, thread flow 0"; empty: the result as a whole
  std::string rule;
  std::string reason;
};
// "a.sarif: run 0, result 12 (cpp/path-injection): it has no codeFlows"
std::string FormatSarifSkip(const SarifSkip& skip);

struct SarifImportCounts {
  uint64_t files = 0, runs = 0;
  // results = used + filtered + skipped
  uint64_t results = 0, used = 0;
  std::map<std::string, uint64_t> filtered;  // by what was asked for: not a finding
  std::map<std::string, uint64_t> skipped;   // by reason
  // flows_seen = flows + merged + those of flows_skipped
  uint64_t code_flows = 0, flows_seen = 0, flows = 0, merged = 0;
  std::map<std::string, uint64_t> flows_skipped;  // by reason, also of results that are used
  uint64_t sources = 0, sinks = 0, intermediates = 0;
  // Steps that were dropped: unimportant to the analyser, or without a usable place.
  uint64_t unimportant_steps = 0, placeless_steps = 0;
  uint64_t columns_kept = 0;   // steps, see Place
  uint64_t type_problems = 0;  // results with a value of a wrong type, which was left out
};

struct ResultFacts;

class SarifImporter : private SarifVisitor {
 public:
  using OnSkip = std::function<void(const SarifSkip&)>;
  SarifImporter(SarifImportOptions options, OnSkip on_skip)
      : options_(std::move(options)), on_skip_(std::move(on_skip)), places_(options_.root) {}

  // Returns the warnings of the reader. After an error, what was read of the file until then stays.
  // The database calls the file `name`, if that is not empty.
  absl::StatusOr<SarifFileFacts> Add(const std::string& path, std::string_view name = {});
  absl::StatusOr<SarifFileFacts> AddText(std::string_view text, std::string_view name);

  // The database, its METADATA included. Call it once, in the end: only counts() is of use then.
  FlowDb Finish();
  const SarifImportCounts& counts() const { return counts_; }

 private:
  struct Input {
    std::string name;
    uint64_t hash;
  };

  absl::StatusOr<SarifFileFacts> Keep(absl::StatusOr<SarifFileFacts> facts);
  void OnRun(const SarifRun& run) override;
  void OnResult(const SarifRun& run, const SarifResult& result) override;
  // Empty if the result is wanted, else what was asked for that it does not fulfil.
  std::string_view FilteredBy(const SarifResult& result, const ResultFacts& facts) const;
  // Returns why not, empty if it was imported.
  std::string ImportFlow(const SarifRun& run, const SarifResult& result, const ResultFacts& facts,
                         const SarifThreadFlow& flow, std::span<const SarifStep> steps, size_t part,
                         bool is_split);
  std::string_view PlaceOf(const SarifStep& step, PlaceKey& key);

  const SarifImportOptions options_;
  const OnSkip on_skip_;
  PlaceResolver places_;
  FlowCollector flows_;
  SarifImportCounts counts_;
  std::vector<Input> inputs_;
  std::set<std::string> producers_;
  std::string file_;             // that is being read
  std::vector<PlaceKey> steps_;  // of the current flow, kept for its capacity
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_IMPORTER_H_
