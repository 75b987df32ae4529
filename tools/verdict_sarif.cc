#include "tools/verdict_sarif.h"

#define XXH_INLINE_ALL

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "flowdb/atomic_file.h"
#include "flowdb/sarif/annotate.h"
#include "flowdb/str_cat.h"
#include "tools/verdict_formats.h"
#include "xxhash.h"

#ifndef FLOWMON_VERSION
#error "FLOWMON_VERSION is set by tools/CMakeLists.txt"
#endif

namespace flowmon {
namespace {

// A flow of a result.
struct Part {
  const FlowVerdict* flow;
  uint32_t code_flow, thread_flow;
};
using Parts = std::map<std::pair<uint32_t, uint32_t>, std::vector<Part>>;  // by run and result

absl::StatusOr<std::string> HashOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat("cannot read ", path, "; name the SARIF log"));
  XXH64_state_t state;
  XXH64_reset(&state, 0);
  std::vector<char> buffer(size_t{1} << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
    XXH64_update(&state, buffer.data(), static_cast<size_t>(file.gcount()));
  return absl::StrFormat("0x%016x", XXH64_digest(&state));
}

// Under which name the database knows the log: by its content, or else by its name.
absl::StatusOr<std::string> NameInDatabase(const FlowDb& db, const std::string& path,
                                           std::string& warning) {
  const absl::StatusOr<std::string> hash = HashOfFile(path);
  if (!hash.ok()) return hash.status();
  std::optional<std::string> same_name;
  std::string known;
  for (const auto& [key, value] : db.metadata()) {
    const size_t blank = value.rfind(' ');
    if (key != "sarif" || blank == std::string::npos) continue;
    const std::string name = value.substr(0, blank);
    if (value.substr(blank + 1) == *hash) return name;
    if (std::filesystem::path(name).filename() == std::filesystem::path(path).filename())
      same_name = name;
    StrAppend(&known, known.empty() ? "" : ", ", name);
  }
  if (same_name) {
    warning = StrCat(path, " has changed since it was imported: verdicts may be at wrong results");
    return *same_name;
  }
  return absl::FailedPreconditionError(StrCat(
      "the flow database was not imported from ", path,
      known.empty() ? "; `flowmon sarif import` makes one of it" : StrCat(" but from ", known)));
}

Parts FindParts(const CampaignVerdicts& verdicts, const std::string& name) {
  std::map<uint32_t, const FlowVerdict*> by_id;
  for (const FlowVerdict& flow : verdicts.flows) by_id[verdicts.file.db.flow(flow.flow).id] = &flow;
  Parts parts;
  for (const Label& label : verdicts.file.db.labels()) {
    if (label.kind != RecordKind::kFlow || label.key != "origin") continue;
    const auto origin = nlohmann::json::parse(label.value, nullptr, false);
    try {
      if (origin.at("sarif").get<std::string>() != name) continue;
      parts[{origin.at("run").get<uint32_t>(), origin.at("result").get<uint32_t>()}].push_back(
          {by_id.at(label.id), origin.value("codeFlow", 0u), origin.value("threadFlow", 0u)});
    } catch (const nlohmann::json::exception&) {
      continue;  // somebody else's label
    }
  }
  return parts;
}

// The result's verdict is that of its strongest flow.
std::string PropertiesOf(const CampaignVerdicts& verdicts, const std::vector<Part>& parts) {
  const FlowVerdict& strongest = *std::ranges::min_element(parts, {}, [](const Part& part) {
                                    return part.flow->verdict;
                                  })->flow;
  nlohmann::ordered_json json = VerdictJson(verdicts, strongest);
  if (parts.size() > 1) {
    nlohmann::ordered_json& flows = json["flows"] = nlohmann::ordered_json::array();
    for (const Part& part : parts)
      flows.push_back({{"codeFlow", part.code_flow},
                       {"threadFlow", part.thread_flow},
                       {"flowId", verdicts.file.db.flow(part.flow->flow).id},
                       {"verdict", std::string(VerdictName(part.flow->verdict))},
                       {"why", part.flow->why}});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr const char* kDescription =
    "Which findings a fuzzing campaign has seen to run, and with which data";

// Relative names stay so; what a URI cannot have is percent-encoded.
std::string FileUri(std::string_view name) {
  std::string uri = name.starts_with('/') ? "file://" : "";
  for (const char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        std::string_view("/-._~+,@").find(c) != std::string_view::npos)
      uri += c;
    else
      absl::StrAppendFormat(&uri, "%%%02X", static_cast<unsigned char>(c));
  }
  return uri;
}

nlohmann::ordered_json LocationJson(const FlowDb& db, LocationKind kind, uint32_t id) {
  const Location& location = *db.FindLocation(kind, id);
  nlohmann::ordered_json region = {{"startLine", location.line}};
  if (location.col_start != 0)
    region.update({{"startColumn", location.col_start}, {"endColumn", location.col_end + 1}});
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", FileUri(db.file_name(location.file))}}},
            {"region", region}}}};
}

nlohmann::ordered_json NewResult(const CampaignVerdicts& verdicts, const FlowVerdict& entry) {
  const FlowDb& db = verdicts.file.db;
  const Flow flow = db.flow(entry.flow);
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  const auto add = [&](LocationKind kind, uint32_t id, const char* role) {
    steps.push_back({{"location", LocationJson(db, kind, id)}, {"kinds", {role}}});
  };
  add(LocationKind::kSource, flow.source_id, "source");
  for (const uint32_t id : flow.intermediates) add(LocationKind::kIntermediate, id, "pass");
  add(LocationKind::kSink, flow.sink_id, "sink");
  const std::string* rule = db.FindLabel(RecordKind::kFlow, flow.id, "rule");
  const bool is_confirmed = entry.verdict == Verdict::kConfirmed;
  const std::string description =
      flow.description.empty() ? StrCat("flow ", flow.id) : std::string(flow.description);
  return {{"ruleId", rule == nullptr ? "flow" : *rule},
          {"level", is_confirmed ? "error" : "note"},
          {"message",
           {{"text", StrCat(description, " (", VerdictName(entry.verdict), ": ", entry.why, ")")}}},
          {"locations", {LocationJson(db, LocationKind::kSink, flow.sink_id)}},
          {"codeFlows", {{{"threadFlows", {{{"locations", steps}}}}}}},
          {"properties", {{std::string(kSarifPropertyName), VerdictJson(verdicts, entry)}}}};
}

}  // namespace

absl::Status WriteNewSarif(const CampaignVerdicts& verdicts, const std::string& out) {
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const FlowVerdict& flow : verdicts.flows) results.push_back(NewResult(verdicts, flow));
  const nlohmann::ordered_json run = {{"tool",
                                       {{"driver",
                                         {{"name", "flowmon"},
                                          {"version", FLOWMON_VERSION},
                                          {"fullDescription", {{"text", kDescription}}}}}}},
                                      {"results", std::move(results)}};
  const nlohmann::ordered_json log = {{"version", "2.1.0"},
                                      {"runs", nlohmann::ordered_json::array({run})}};
  return ReplaceFile(out, "SARIF log",
                     log.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

absl::StatusOr<SarifVerdictCounts> WriteVerdictSarif(const CampaignVerdicts& verdicts,
                                                     const std::string& in,
                                                     const std::string& out) {
  SarifVerdictCounts counts;
  const absl::StatusOr<std::string> name = NameInDatabase(verdicts.file.db, in, counts.warning);
  if (!name.ok()) return name.status();
  const Parts parts = FindParts(verdicts, *name);
  const std::string extension =
      nlohmann::ordered_json({{"name", "flowmon"},
                              {"version", FLOWMON_VERSION},
                              {"fullDescription", {{"text", kDescription}}}})
          .dump();
  const absl::Status status = AnnotateSarif(in, out, extension, [&](uint32_t run, uint32_t result) {
    ++counts.results;
    const auto found = parts.find({run, result});
    if (found == parts.end()) return std::optional<std::string>();
    ++counts.with_verdict;
    return std::optional<std::string>(PropertiesOf(verdicts, found->second));
  });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace flowmon
