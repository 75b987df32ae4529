#include "tools/verdict_formats.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "flowdb/fields.h"
#include "flowdb/sarif/utf8.h"
#include "flowdb/str_cat.h"
#include "tools/flow_places.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

std::string Approximate(uint64_t count, bool is_exact) {
  return StrCat(is_exact ? "" : "~", FormatCount(count));
}

// The one to look at.
const FlowInput* SmallestInput(const FlowVerdict& flow) {
  const auto smallest = std::ranges::find(flow.inputs, InputKind::kSmallest, &FlowInput::kind);
  return smallest == flow.inputs.end() ? nullptr : &*smallest;
}

std::string Flakiness(const FlowInput& input) {
  if (input.num_replays == 0 || !input.is_flaky()) return "";
  return input.num_completed == 0
             ? " (not reproduced)"
             : StrCat(" (flaky: ", input.num_completed, " of ", input.num_replays, ")");
}

std::string ShortPath(const std::string& path) {
  const std::filesystem::path full(path);
  return (full.parent_path().filename() / full.filename()).string();
}

std::vector<const FlowVerdict*> Sorted(const CampaignVerdicts& verdicts) {
  std::vector<const FlowVerdict*> flows;
  for (const FlowVerdict& flow : verdicts.flows) flows.push_back(&flow);
  std::ranges::stable_sort(flows, {}, &FlowVerdict::verdict);
  return flows;
}

std::string CsvField(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  return StrCat("\"", absl::StrReplaceAll(AbslView(text), {{"\"", "\"\""}}), "\"");
}

// What XML 1.0 cannot have, and what is not UTF-8, becomes U+FFFD.
std::string XmlText(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, Utf8CharacterSize(text));
    text.remove_prefix(character.size());
    const auto first = static_cast<unsigned char>(character.front());
    switch (first) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        if ((first < ' ' && first != '\t') || (first >= 0x80 && character.size() == 1) ||
            character == "\uFFFE" || character == "\uFFFF")
          AppendUtf8(kReplacementCharacter, out);
        else
          out += character;
    }
  }
  return out;
}

}  // namespace

std::string FormatVerdictTable(const CampaignVerdicts& verdicts, size_t max_width) {
  const FlowDb& db = verdicts.file.db;
  std::string out = absl::StrFormat(
      "%s: %s executions of %s %s, %s\n", PrintableText(verdicts.flowdb_path),
      FormatCount(verdicts.executions), FormatCount(verdicts.directories.size()),
      verdicts.directories.size() == 1 ? "instance" : "instances", FormatSeconds(verdicts.seconds));
  std::vector<std::string> counts;
  for (const Verdict verdict : kVerdicts)
    if (const uint64_t count = verdicts.Count(verdict); count > 0)
      counts.push_back(StrCat(FormatCount(count), " ", VerdictName(verdict)));
  StrAppend(&out, FormatCount(db.num_flows()),
            db.num_flows() == 1 ? " flow: " : " flows: ", absl::StrJoin(counts, ", "), "\n\n");

  using Align = TextTable::Align;
  TextTable table({{"flow", Align::kRight},
                   {"verdict"},
                   {"source"},
                   {"sink"},
                   {"why"},
                   {"completions", Align::kRight},
                   {"values", Align::kRight},
                   {"first at", Align::kRight},
                   {"input"},
                   {"description"}});
  const std::string directory = CommonDirectory(db);
  const size_t directory_size = directory.size();
  for (const FlowVerdict* entry : Sorted(verdicts)) {
    const Flow flow = db.flow(entry->flow);
    const FlowStatsLine& stats = entry->stats;
    const bool complete = stats.completions > 0;
    const FlowInput* input = SmallestInput(*entry);
    table.AddRow(
        {StrCat(flow.id), std::string(VerdictName(entry->verdict)),
         Place(&db, LocationKind::kSource, flow.source_id, directory_size),
         Place(&db, LocationKind::kSink, flow.sink_id, directory_size),
         PrintableText(directory.empty() ? entry->why
                                         : absl::StrReplaceAll(entry->why, {{directory, ""}})),
         complete ? FormatCount(stats.completions) : "-",
         complete ? StrCat(Approximate(stats.source_values, stats.source_values_exact), " > ",
                           Approximate(stats.sink_values, stats.sink_values_exact))
                  : "-",
         complete ? FormatMilliseconds(stats.first_ms) : "-",
         input == nullptr ? "-" : PrintableText(ShortPath(input->path) + Flakiness(*input)),
         PrintableText(flow.description)});
  }
  return out + table.Format(max_width);
}

nlohmann::ordered_json VerdictJson(const CampaignVerdicts& verdicts, const FlowVerdict& entry) {
  const FlowDb& db = verdicts.file.db;
  const Flow flow = db.flow(entry.flow);
  const FlowStatsLine& stats = entry.stats;
  nlohmann::ordered_json json = {{"flowId", flow.id},
                                 {"verdict", std::string(VerdictName(entry.verdict))},
                                 {"why", entry.why},
                                 {"source", Place(&db, LocationKind::kSource, flow.source_id)},
                                 {"sink", Place(&db, LocationKind::kSink, flow.sink_id)},
                                 {"steps", flow.intermediates.size()},
                                 {"bestSteps", stats.best_steps},
                                 {"prefix", stats.prefix},
                                 {"orderedPrefix", stats.ordered_prefix},
                                 {"sourceExecutions", stats.source_executions},
                                 {"sinkExecutions", stats.sink_executions},
                                 {"completions", stats.completions}};
  if (stats.blocked_step != 0)
    json["blockedStep"] = {{"step", stats.blocked_step},
                           {"place", DescribeStep(db, flow, stats.blocked_step)},
                           {"reachedBefore", stats.reached_before}};
  if (stats.most_stopped_step != 0)
    json["mostStoppedStep"] = {{"step", stats.most_stopped_step},
                               {"place", DescribeStep(db, flow, stats.most_stopped_step)},
                               {"executions", stats.most_stopped}};
  if (stats.completions > 0)
    json.update({{"executions", stats.executions},
                 {"firstSeconds", static_cast<double>(stats.first_ms) / 1000},
                 {"firstExecution", stats.first_execution},
                 {"sourceValues", stats.source_values},
                 {"sourceValuesExact", stats.source_values_exact},
                 {"sinkValues", stats.sink_values},
                 {"sinkValuesExact", stats.sink_values_exact},
                 {"valuePairs", stats.value_pairs},
                 {"valuePairsExact", stats.value_pairs_exact},
                 {"repeats", stats.repeats},
                 {"contradictions", stats.contradictions},
                 {"identical", stats.identical},
                 {"notIdentical", stats.not_identical}});
  if (!entry.inputs.empty()) {
    nlohmann::ordered_json& inputs = json["inputs"] = nlohmann::ordered_json::array();
    for (const FlowInput& input : entry.inputs) {
      inputs.push_back({{"kind", std::string(InputKindName(input.kind))},
                        {"path", input.path},
                        {"size", input.size},
                        {"hash", input.hash},
                        {"timestamp", input.timestamp},
                        {"execution", input.execution}});
      if (!input.afl_file.empty()) inputs.back()["aflFile"] = input.afl_file;
      if (input.num_replays > 0)
        inputs.back().update({{"replays", input.num_replays},
                              {"completed", input.num_completed},
                              {"flaky", input.is_flaky()}});
    }
  }
  json["description"] = flow.description;
  return json;
}

std::string FormatVerdictJson(const CampaignVerdicts& verdicts) {
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (const Verdict verdict : kVerdicts)
    counts[std::string(VerdictName(verdict))] = verdicts.Count(verdict);
  nlohmann::ordered_json json = {
      {"flowdb", verdicts.flowdb_path},          {"directories", verdicts.directories},
      {"executions", verdicts.executions},       {"seconds", verdicts.seconds},
      {"warnings", verdicts.warnings},           {"counts", counts},
      {"flows", nlohmann::ordered_json::array()}};
  for (const FlowVerdict& flow : verdicts.flows)
    json["flows"].push_back(VerdictJson(verdicts, flow));
  // File names and descriptions need not be UTF-8.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string FormatVerdictCsv(const CampaignVerdicts& verdicts) {
  const FlowDb& db = verdicts.file.db;
  std::string out =
      "flow,verdict,why,source,sink,steps,best_steps,completions,source_values,sink_values,"
      "value_pairs,first_seconds,input,description\r\n";
  for (const FlowVerdict& entry : verdicts.flows) {
    const Flow flow = db.flow(entry.flow);
    const FlowStatsLine& stats = entry.stats;
    const bool complete = stats.completions > 0;
    const FlowInput* input = SmallestInput(entry);
    const std::string fields[] = {
        StrCat(flow.id),
        std::string(VerdictName(entry.verdict)),
        entry.why,
        Place(&db, LocationKind::kSource, flow.source_id),
        Place(&db, LocationKind::kSink, flow.sink_id),
        StrCat(flow.intermediates.size()),
        StrCat(stats.best_steps),
        StrCat(stats.completions),
        complete ? StrCat(stats.source_values) : "",
        complete ? StrCat(stats.sink_values) : "",
        complete ? StrCat(stats.value_pairs) : "",
        complete ? absl::StrFormat("%.3f", static_cast<double>(stats.first_ms) / 1000) : "",
        input == nullptr ? "" : input->path,
        std::string(flow.description)};
    StrAppend(&out,
              absl::StrJoin(fields, ",",
                            [](std::string* to, const std::string& field) {
                              StrAppend(to, CsvField(field));
                            }),
              "\r\n");
  }
  return out;
}

std::string FormatVerdictJunit(const CampaignVerdicts& verdicts, const std::set<Verdict>& fail_on) {
  const FlowDb& db = verdicts.file.db;
  const auto num_failures = std::ranges::count_if(
      verdicts.flows, [&](const FlowVerdict& flow) { return fail_on.contains(flow.verdict); });
  std::string cases;
  for (const FlowVerdict& entry : verdicts.flows) {
    const Flow flow = db.flow(entry.flow);
    const std::string source =
        db.Describe(*db.FindLocation(LocationKind::kSource, flow.source_id), false);
    const std::string sink = Place(&db, LocationKind::kSink, flow.sink_id);
    const Location& place = *db.FindLocation(LocationKind::kSink, flow.sink_id);
    StrAppend(&cases, "    <testcase classname=\"", XmlText(verdicts.flowdb_path),
              "\" name=\"flow ", flow.id, ": ", XmlText(source), " to ", XmlText(sink),
              "\" file=\"", XmlText(db.file_name(place.file)), "\" line=\"", place.line,
              "\" time=\"0\">\n");
    const std::string said = StrCat(VerdictName(entry.verdict), ": ", entry.why);
    if (fail_on.contains(entry.verdict))
      StrAppend(&cases, "      <failure type=\"", VerdictName(entry.verdict), "\" message=\"",
                XmlText(said), "\">", XmlText(flow.description), "</failure>\n");
    StrAppend(&cases, "      <system-out>", XmlText(said), "</system-out>\n    </testcase>\n");
  }
  const std::string numbers =
      StrCat("tests=\"", verdicts.flows.size(), "\" failures=\"", num_failures,
             "\" errors=\"0\" time=\"", verdicts.seconds, "\"");
  return StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ", numbers,
                ">\n  <testsuite name=\"flowmon\" ", numbers, ">\n", cases,
                "  </testsuite>\n</testsuites>\n");
}

}  // namespace flowmon
