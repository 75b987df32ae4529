#include "flowdb/flowdb.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "flowdb/str_cat.h"

namespace flowmon {

std::string_view LocationKindName(LocationKind kind) {
  switch (kind) {
    case LocationKind::kSource:
      return "SOURCE";
    case LocationKind::kSink:
      return "SINK";
    case LocationKind::kIntermediate:
      return "INTERMEDIATE";
  }
  return "";
}

static_assert(static_cast<int>(RecordKind::kIntermediate) ==
              static_cast<int>(LocationKind::kIntermediate));

std::string_view RecordKindName(RecordKind kind) {
  if (kind == RecordKind::kFlow) return "FLOW";
  return LocationKindName(static_cast<LocationKind>(kind));
}

RecordKind RecordKindOf(LocationKind kind) { return static_cast<RecordKind>(kind); }

uint32_t FlowDb::AddFile(std::string_view name) {
  if (auto it = file_ids_.find(AbslView(name)); it != file_ids_.end()) return it->second;
  const auto file = static_cast<uint32_t>(files_.size());
  files_.emplace_back(name);
  file_ids_.emplace(name, file);
  return file;
}

bool FlowDb::AddLocation(LocationKind kind, const Location& location) {
  KindTable& table = kinds_[static_cast<size_t>(kind)];
  const auto index = static_cast<uint32_t>(table.locations.size());
  if (!table.by_id.try_emplace(location.id, index).second) return false;
  table.locations.push_back(location);
  return true;
}

bool FlowDb::AddFlow(uint32_t id, uint32_t source_id, uint32_t sink_id,
                     std::span<const uint32_t> intermediates, std::string_view description) {
  if (FindLocation(LocationKind::kSource, source_id) == nullptr) return false;
  if (FindLocation(LocationKind::kSink, sink_id) == nullptr) return false;
  for (uint32_t intermediate : intermediates) {
    if (FindLocation(LocationKind::kIntermediate, intermediate) == nullptr) return false;
  }
  if (!flow_ids_.insert(id).second) return false;
  flows_.push_back({.id = id,
                    .source_id = source_id,
                    .sink_id = sink_id,
                    .num_intermediates = static_cast<uint32_t>(intermediates.size()),
                    .first_intermediate = intermediates_.size(),
                    .description_offset = descriptions_.size(),
                    .description_size = static_cast<uint32_t>(description.size())});
  intermediates_.insert(intermediates_.end(), intermediates.begin(), intermediates.end());
  descriptions_.append(description);
  return true;
}

void FlowDb::AddMetadata(std::string key, std::string value) {
  metadata_.emplace_back(std::move(key), std::move(value));
}

bool FlowDb::AddLabel(Label label) {
  const bool is_known =
      label.kind == RecordKind::kFlow
          ? flow_ids_.contains(label.id)
          : FindLocation(static_cast<LocationKind>(label.kind), label.id) != nullptr;
  if (!is_known) return false;
  labels_of_[{label.kind, label.id}].push_back(static_cast<uint32_t>(labels_.size()));
  labels_.push_back(std::move(label));
  return true;
}

const std::string* FlowDb::FindLabel(RecordKind kind, uint32_t id, std::string_view key) const {
  const auto of_record = labels_of_.find({kind, id});
  if (of_record == labels_of_.end()) return nullptr;
  for (uint32_t index : of_record->second) {
    if (labels_[index].key == key) return &labels_[index].value;
  }
  return nullptr;
}

void FlowDb::Reserve(size_t num_flows, size_t num_flow_intermediates) {
  flows_.reserve(num_flows);
  flow_ids_.reserve(num_flows);
  intermediates_.reserve(num_flow_intermediates);
}

std::span<const Location> FlowDb::locations(LocationKind kind) const {
  return kinds_[static_cast<size_t>(kind)].locations;
}

const Location* FlowDb::FindLocation(LocationKind kind, uint32_t id) const {
  const KindTable& table = kinds_[static_cast<size_t>(kind)];
  auto it = table.by_id.find(id);
  return it == table.by_id.end() ? nullptr : &table.locations[it->second];
}

Flow FlowDb::flow(size_t index) const {
  const FlowEntry& entry = flows_[index];
  return {
      .id = entry.id,
      .source_id = entry.source_id,
      .sink_id = entry.sink_id,
      .intermediates =
          std::span(intermediates_).subspan(entry.first_intermediate, entry.num_intermediates),
      .description =
          std::string_view(descriptions_).substr(entry.description_offset, entry.description_size)};
}

uint32_t FlowDb::coverage_map_size() const {
  uint32_t size = 0;
  for (const Location& location : locations(LocationKind::kIntermediate)) {
    if (location.id == std::numeric_limits<uint32_t>::max()) return location.id;
    size = std::max(size, location.id + 1);
  }
  return size;
}

std::string FlowDb::Describe(const Location& location, bool with_columns) const {
  std::string text = StrCat(file_name(location.file), ":", location.line);
  if (with_columns && location.col_start != 0) {
    StrAppend(&text, ":", location.col_start, "-", location.col_end);
  }
  return text;
}

}  // namespace flowmon
