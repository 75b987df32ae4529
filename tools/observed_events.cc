#include "tools/observed_events.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "flowdb/fields.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

LocationKind KindOf(const Event& event) {
  return event.is_sink ? LocationKind::kSink : LocationKind::kSource;
}

std::string PlaceOf(const Event& event, const FlowDb& db) {
  const Location* location = db.FindLocation(KindOf(event), event.id);
  return location == nullptr ? "not in the database" : db.Describe(*location, false);
}

}  // namespace

std::string DescribeEvent(const Event& event, uint64_t start, const FlowDb& db) {
  return absl::StrFormat("+%-9s %-6s %-4u %s  %s",
                         FormatNanoseconds(static_cast<double>(event.timestamp - start)),
                         std::string(LocationKindName(KindOf(event))), event.id,
                         PrintableText(PlaceOf(event, db)), FormatBytes(event.size));
}

nlohmann::ordered_json EventJson(const Event& event, uint64_t start, const FlowDb& db) {
  return {{"ns", event.timestamp - start},
          {"type", LocationKindName(KindOf(event))},
          {"id", event.id},
          {"place", PlaceOf(event, db)},
          {"size", event.size}};
}

}  // namespace flowmon
