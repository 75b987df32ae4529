#include "flowdb/lint.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "flowdb/path_match.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// A map of up to kSmallMap bytes, or of up to kMapBytesPerId bytes for each id in use, is fine.
constexpr uint32_t kSmallMap = 65536;
constexpr uint32_t kMapBytesPerId = 8;

class Linter {
 public:
  explicit Linter(const FlowDb& db) : db_(db) {}

  std::vector<std::string> Run() && {
    CheckUnusedLocations();
    CheckSamePlaces();
    CheckMapSize();
    CheckFlows();
    return std::move(sentences_);
  }

 private:
  template <typename... Parts>
  void Say(const Parts&... parts) {
    sentences_.push_back(StrCat(parts...));
  }

  void CheckUnusedLocations() {
    absl::flat_hash_set<uint32_t> used[std::size(kLocationKinds)];
    auto used_of = [&used](LocationKind kind) -> auto& { return used[static_cast<size_t>(kind)]; };
    for (size_t i = 0; i < db_.num_flows(); ++i) {
      const Flow flow = db_.flow(i);
      used_of(LocationKind::kSource).insert(flow.source_id);
      used_of(LocationKind::kSink).insert(flow.sink_id);
      used_of(LocationKind::kIntermediate)
          .insert(flow.intermediates.begin(), flow.intermediates.end());
    }
    for (LocationKind kind : kLocationKinds) {
      for (const Location& location : db_.locations(kind)) {
        if (used_of(kind).contains(location.id)) continue;
        Say(LocationKindName(kind), " ", location.id, " (", db_.Describe(location),
            ") is used by no flow");
      }
    }
  }

  void CheckSamePlaces() {
    // "./a.c" and "a.c" are the same place.
    std::vector<uint32_t> same_file(db_.num_files());
    absl::flat_hash_map<std::string, uint32_t> first_file;
    for (uint32_t file = 0; file < db_.num_files(); ++file) {
      same_file[file] =
          first_file.try_emplace(NormalizePath(db_.file_name(file)), file).first->second;
    }
    for (LocationKind kind : kLocationKinds) {
      absl::flat_hash_map<std::tuple<uint32_t, uint32_t, uint32_t, uint32_t>, uint32_t> first_id;
      for (const Location& location : db_.locations(kind)) {
        const auto [first, is_new] = first_id.try_emplace(
            {same_file[location.file], location.line, location.col_start, location.col_end},
            location.id);
        if (is_new) continue;
        Say(LocationKindName(kind), " ", location.id, " is at the same place as ",
            LocationKindName(kind), " ", first->second, " (", db_.Describe(location),
            "): use one id for both");
      }
    }
  }

  void CheckMapSize() {
    const uint32_t map_size = db_.coverage_map_size();
    const size_t num_ids = db_.locations(LocationKind::kIntermediate).size();
    if (map_size <= kSmallMap || map_size / kMapBytesPerId <= num_ids) return;
    Say("the largest INTERMEDIATE id makes the coverage map ", map_size, " bytes for ", num_ids,
        " intermediates: number them from 0 or 1 without gaps");
  }

  void CheckFlows() {
    using Path = std::tuple<uint32_t, uint32_t, absl::Span<const uint32_t>>;
    absl::flat_hash_map<Path, uint32_t> first_of_path;
    first_of_path.reserve(db_.num_flows());
    for (size_t i = 0; i < db_.num_flows(); ++i) {
      const Flow flow = db_.flow(i);
      if (flow.intermediates.empty()) {
        Say("flow ", flow.id,
            " has no intermediates: any execution of its source before its sink completes it");
      }
      CheckRepeatedIntermediate(flow);
      const auto [first, is_new] = first_of_path.try_emplace(
          {flow.source_id, flow.sink_id,
           absl::MakeConstSpan(flow.intermediates.data(), flow.intermediates.size())},
          flow.id);
      if (!is_new) {
        Say("flow ", flow.id, " has the same source, sink and intermediates as flow ",
            first->second);
      }
    }
  }

  void CheckRepeatedIntermediate(const Flow& flow) {
    sorted_.assign(flow.intermediates.begin(), flow.intermediates.end());
    std::sort(sorted_.begin(), sorted_.end());
    const auto repeated = std::adjacent_find(sorted_.begin(), sorted_.end());
    if (repeated == sorted_.end()) return;
    Say("flow ", flow.id, " lists INTERMEDIATE ", *repeated,
        " more than once: one hit counts for all");
  }

  const FlowDb& db_;
  std::vector<std::string> sentences_;
  std::vector<uint32_t> sorted_;
};

}  // namespace

std::vector<std::string> LintFlowDb(const FlowDb& db) { return Linter(db).Run(); }

}  // namespace flowmon
