#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "runtime/instrument/match_report.h"

namespace flowmon {
namespace {

using Json = nlohmann::ordered_json;

const char* StatusName(MatchStatus status) {
  switch (status) {
    case MatchStatus::kExact:
      return "exact";
    case MatchStatus::kApproximate:
      return "approximate";
    case MatchStatus::kNotFound:
      return "not_found";
  }
  return "";
}

Json LocationJson(const LocationReport& report, const FlowDb& db) {
  Json json = {{"kind", LocationKindName(report.kind)},      {"id", report.location.id},
               {"file", db.file_name(report.location.file)}, {"line", report.location.line},
               {"col_start", report.location.col_start},     {"col_end", report.location.col_end},
               {"status", StatusName(report.status)}};
  if (report.status == MatchStatus::kNotFound) {
    json["reason"] = report.reason;
  } else {
    json["what"] = report.what;
    json["where"] = report.where;
    json["places"] = report.num_places;
  }
  return json;
}

Json FlowJson(const FlowReport& report) {
  Json json = {{"id", report.id}, {"instrumented", report.missing.empty()}};
  for (const auto& [kind, id] : report.missing) {
    json["missing"].push_back({{"kind", LocationKindName(kind)}, {"id", id}});
  }
  return json;
}

}  // namespace

std::string MatchReportJson(const MatchReport& report, const FlowDb& db) {
  Json json = {{"program", report.program},
               {"database",
                {{"path", report.db_path}, {"hash", absl::StrFormat("0x%016x", report.db_hash)}}},
               {"warnings", report.warnings},
               {"locations", Json::array()},
               {"flows", Json::array()}};
  size_t num_instrumented = 0;
  for (const LocationReport& location : report.locations) {
    json["locations"].push_back(LocationJson(location, db));
  }
  for (const FlowReport& flow : report.flows) {
    json["flows"].push_back(FlowJson(flow));
    if (flow.missing.empty()) ++num_instrumented;
  }
  json["summary"] = {{"locations", report.locations.size()},
                     {"exact", report.num_exact},
                     {"approximate", report.num_approximate},
                     {"not_found", report.locations.size() - report.num_found()},
                     {"flows", report.flows.size()},
                     {"flows_instrumented", num_instrumented}};
  // Paths need not be UTF-8; a report with a replaced byte is better than none.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace flowmon
