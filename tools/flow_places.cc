#include "tools/flow_places.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "flowdb/fields.h"

namespace flowmon {

std::string Place(const FlowDb* db, LocationKind kind, uint32_t id, size_t directory_size) {
  const Location* location = db == nullptr ? nullptr : db->FindLocation(kind, id);
  if (location == nullptr) return "?";
  return PrintableText(db->Describe(*location, false).substr(directory_size));
}

std::string CommonDirectory(const FlowDb& db) {
  std::optional<std::string_view> common;
  for (const LocationKind kind : {LocationKind::kSource, LocationKind::kSink}) {
    for (const Location& location : db.locations(kind)) {
      const std::string_view file = db.file_name(location.file);
      if (!common) common = file;
      const auto [end, unused] =
          std::mismatch(common->begin(), common->end(), file.begin(), file.end());
      common->remove_suffix(static_cast<size_t>(common->end() - end));
    }
  }
  if (!common || !common->starts_with('/')) return "";
  return std::string(common->substr(0, common->rfind('/') + 1));
}

}  // namespace flowmon
