// A flow database: the dataflows that an analysis described, each as source -> intermediates ->
// sink.
//
// Used by the instrumentation pass (which locations to mark), the plugin (what to correlate) and
// the tools. Knows nothing of shared memory, AFL++ or LLVM, and must stay that way.
//
// The text format is doc/FLOWDB.md; reader.h reads it, writer.h writes it, index.h looks flows up.

#ifndef FLOWMON_FLOWDB_FLOWDB_H_
#define FLOWMON_FLOWDB_FLOWDB_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace flowmon {

enum class LocationKind : uint8_t { kSource, kSink, kIntermediate };
inline constexpr LocationKind kLocationKinds[] = {LocationKind::kSource, LocationKind::kSink,
                                                  LocationKind::kIntermediate};

// "SOURCE", "SINK", "INTERMEDIATE": the keywords of the text format.
std::string_view LocationKindName(LocationKind kind);

// What a label may be attached to: a location of one of the kinds, or a flow.
enum class RecordKind : uint8_t { kSource, kSink, kIntermediate, kFlow };
inline constexpr RecordKind kRecordKinds[] = {RecordKind::kSource, RecordKind::kSink,
                                              RecordKind::kIntermediate, RecordKind::kFlow};

// "SOURCE", "SINK", "INTERMEDIATE", "FLOW".
std::string_view RecordKindName(RecordKind kind);
RecordKind RecordKindOf(LocationKind kind);

// A note about one record. Keys that mean something to flowmon: doc/FLOWDB.md, "LABEL".
struct Label {
  RecordKind kind;
  uint32_t id;
  std::string key;
  std::string value;
  friend bool operator==(const Label&, const Label&) = default;
};

// A range of columns on one line of one file. Columns count bytes from 1, both ends included;
// col_start == 0 means that the columns are unknown and the whole line is meant (col_end is 0 too).
struct Location {
  uint32_t id;         // unique among the locations of the same kind
  uint32_t file;       // index for FlowDb::file_name()
  uint32_t line;       // from 1
  uint32_t col_start;  // from 1, 0 = unknown
  uint32_t col_end;    // >= col_start
  friend bool operator==(const Location&, const Location&) = default;
};

// Ids refer to locations of the matching kind. A view: it lives as long as its FlowDb.
struct Flow {
  uint32_t id;
  uint32_t source_id;
  uint32_t sink_id;
  std::span<const uint32_t> intermediates;  // ids, in the order of the path
  std::string_view description;
};

// Value type; movable and copyable. Const use from several threads is safe.
class FlowDb {
 public:
  // Interns a file name (kept as written, e.g. "src/a.c" or an absolute path).
  uint32_t AddFile(std::string_view name);
  // False, and nothing is added, if the kind already has a location of this id. The location must
  // be well-formed: its file from AddFile(), its line and columns as Location says.
  bool AddLocation(LocationKind kind, const Location& location);
  // False, and nothing is added, if the id is taken or if one of the ids is not a known location.
  bool AddFlow(uint32_t id, uint32_t source_id, uint32_t sink_id,
               std::span<const uint32_t> intermediates, std::string_view description);
  // METADATA lines, in order, as key and value.
  void AddMetadata(std::string key, std::string value);
  // A record may have several labels, also of the same key. False, and nothing is added, if there
  // is no such record.
  bool AddLabel(Label label);
  // Room for what is about to be added; only a hint.
  void Reserve(size_t num_flows, size_t num_flow_intermediates);

  std::span<const Location> locations(LocationKind kind) const;
  // nullptr if there is none.
  const Location* FindLocation(LocationKind kind, uint32_t id) const;
  std::string_view file_name(uint32_t file) const { return files_[file]; }
  size_t num_files() const { return files_.size(); }

  size_t num_flows() const { return flows_.size(); }
  // index: 0 .. num_flows()-1, the order of insertion.
  Flow flow(size_t index) const;
  const std::vector<std::pair<std::string, std::string>>& metadata() const { return metadata_; }

  const std::vector<Label>& labels() const { return labels_; }  // the order of insertion
  // The value of the first such label, nullptr without one. Valid until the next AddLabel().
  const std::string* FindLabel(RecordKind kind, uint32_t id, std::string_view key) const;

  // Largest intermediate id + 1: the size a coverage map needs. 0 without intermediates. Saturates:
  // the id 4294967295 gives 4294967295, which is beyond what any map is made for.
  uint32_t coverage_map_size() const;

  // "file:line" or "file:line:colStart-colEnd", for people.
  std::string Describe(const Location& location, bool with_columns = true) const;

 private:
  struct FlowEntry {
    uint32_t id, source_id, sink_id;
    uint32_t num_intermediates;
    uint64_t first_intermediate;  // into intermediates_
    uint64_t description_offset;  // into descriptions_
    uint32_t description_size;
  };
  struct KindTable {
    std::vector<Location> locations;
    absl::flat_hash_map<uint32_t, uint32_t> by_id;  // id -> index
  };

  KindTable kinds_[3];
  std::vector<std::string> files_;
  absl::flat_hash_map<std::string, uint32_t> file_ids_;
  std::vector<FlowEntry> flows_;
  absl::flat_hash_set<uint32_t> flow_ids_;
  std::vector<uint32_t> intermediates_;  // of all flows, one after the other
  std::string descriptions_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::vector<Label> labels_;
  // Of one record: into labels_.
  absl::flat_hash_map<std::pair<RecordKind, uint32_t>, std::vector<uint32_t>> labels_of_;
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_FLOWDB_H_
