// Puts flows into a FlowDb, each place and each flow once.
//
// Used by importer.cc. Knows nothing of SARIF.

#ifndef FLOWMON_FLOWDB_SARIF_FLOW_COLLECTOR_H_
#define FLOWMON_FLOWDB_SARIF_FLOW_COLLECTOR_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "flowdb/flowdb.h"

namespace flowmon {

// More intermediates could make a line that no reader takes (kMaxFlowDbLineBytes).
inline constexpr size_t kMaxFlowSteps = 90'000;

// A place with its file as an id of FileId().
struct PlaceKey {
  uint32_t file, line, col_start, col_end;
  friend bool operator==(const PlaceKey&, const PlaceKey&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const PlaceKey& key) {
    return H::combine(std::move(hash), key.file, key.line, key.col_start, key.col_end);
  }
};

class FlowCollector {
 public:
  uint32_t FileId(std::string_view name) { return db_.AddFile(name); }

  struct Added {
    uint32_t flow_id;
    bool is_new;  // false: the flow was there, under this id
  };
  // Steps that are the source or the sink, or come again, are left out: a flow lists an
  // intermediate once. Requires at most kMaxFlowSteps steps.
  Added AddFlow(const PlaceKey& source, std::span<const PlaceKey> steps, const PlaceKey& sink,
                std::string_view description);
  void AddLabel(uint32_t flow_id, std::string key, std::string value) {
    db_.AddLabel({RecordKind::kFlow, flow_id, std::move(key), std::move(value)});
  }

  const FlowDb& db() const { return db_; }
  FlowDb Take() && { return std::move(db_); }

 private:
  uint32_t IdOf(LocationKind kind, const PlaceKey& place);

  FlowDb db_;
  absl::flat_hash_map<PlaceKey, uint32_t> ids_[3];
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> flows_of_hash_;  // indexes
  absl::flat_hash_set<PlaceKey> seen_;                                  // of the current flow
  std::vector<uint32_t> path_;                                          // likewise
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_FLOW_COLLECTOR_H_
