// `flowmon stats`: which flows a campaign has completed, as a table or as JSON.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "flowdb/fields.h"
#include "flowdb/reader.h"
#include "plugin/statistics.h"
#include "tools/campaign_files.h"
#include "tools/commands.h"
#include "tools/flow_places.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string flowdb;  // empty = the one that the campaign used
  bool json = false;
};

// The database that the campaign used, or nothing, with a hint on standard error.
std::optional<FlowDb> LoadFlowDb(const CampaignStats& stats, const std::string& path) {
  absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
  if (!file.ok()) {
    std::cerr << "flowmon: " << PrintableText(std::string(file.status().message()))
              << "; places and flows not reached are not shown (--flowdb names another file)\n";
    return std::nullopt;
  }
  if (absl::StrFormat("0x%016x", file->content_hash) != stats.Text("flowdb_hash"))
    std::cerr << "flowmon: " << PrintableText(path)
              << " has changed since the campaign began: places may be wrong\n";
  return std::move(file->db);
}

// All flows of the database, or only those that the campaign saw something of without one.
std::vector<FlowStatsLine> AllFlows(const CampaignStats& stats, const FlowDb* db) {
  std::vector<FlowStatsLine> flows;
  if (db == nullptr) {
    for (const auto& [id, flow] : stats.flows) flows.push_back(flow);
    return flows;
  }
  for (size_t i = 0; i < db->num_flows(); ++i) {
    const uint32_t id = db->flow(i).id;
    const auto seen = stats.flows.find(id);
    if (seen != stats.flows.end()) {
      flows.push_back(seen->second);
    } else {
      flows.push_back({});
      flows.back().flow_id = id;
      flows.back().state = FlowStateName(FlowState::kNotReached);
    }
  }
  return flows;
}

void PrintHeader(const CampaignStats& stats) {
  const uint64_t seconds = stats.Number("run_time");
  const uint64_t executions = stats.Number("executions_done");
  std::cout << absl::StreamFormat("%s\n", PrintableText(stats.directory));
  std::cout << absl::StreamFormat("%s of %s flows complete, %s executions in %s (%s per second)\n",
                                  FormatCount(stats.Number("flows_completed")),
                                  FormatCount(stats.Number("flows_total")), FormatCount(executions),
                                  FormatSeconds(seconds),
                                  FormatCount(executions / std::max<uint64_t>(seconds, 1)));
  std::cout << absl::StreamFormat(
      "%s events (%s sources, %s sinks, %s dropped), %s of %s intermediates hit, %s records "
      "(%s in %s %s)\n",
      FormatCount(stats.Number("events_produced")), FormatCount(stats.Number("events_sources")),
      FormatCount(stats.Number("events_sinks")), FormatCount(stats.Number("events_dropped")),
      FormatCount(stats.Number("intermediates_hit")),
      FormatCount(stats.Number("intermediates_total")),
      FormatCount(stats.Number("executions_recorded")), FormatBytes(stats.record_bytes),
      FormatCount(stats.record_files), stats.record_files == 1 ? "file" : "files");
  if (const std::string limit = stats.Text("record_limit"); !limit.empty() && limit != "none")
    std::cout << absl::StreamFormat(
        "%s is reached: only what is new is recorded, %s executions were left out\n",
        PrintableText(limit), FormatCount(stats.Number("executions_over_limit")));
  if (stats.Number("flowdb_mismatch") != 0)
    std::cout << "The target was compiled with another database: ids may mean other places.\n";
  if (const std::string silence = stats.Text("silence"); !silence.empty() && silence != "none")
    std::cout << absl::StreamFormat("No event (%s): `flowmon doctor` says more.\n",
                                    PrintableText(silence));
  std::cout << "\n";
}

void PrintTable(const CampaignStats& stats, const FlowDb* db) {
  using Align = TextTable::Align;
  TextTable table({{"flow", Align::kRight},
                   {"source"},
                   {"sink"},
                   {"state"},
                   {"steps", Align::kRight},
                   {"completions", Align::kRight},
                   {"first at", Align::kRight},
                   {"execution", Align::kRight},
                   {"sink values", Align::kRight},
                   {"time min / avg / max"},
                   {"description"}});
  const std::string directory = db == nullptr ? "" : CommonDirectory(*db);
  const auto place = [&](LocationKind kind, uint32_t id) {
    return Place(db, kind, id, directory.size());
  };
  const std::vector<FlowStatsLine> flows = AllFlows(stats, db);
  for (size_t i = 0; i < flows.size(); ++i) {
    const FlowStatsLine& line = flows[i];
    // The same order, if there is a database.
    const Flow flow = db == nullptr ? Flow{} : db->flow(i);
    const bool complete = line.completions > 0;
    table.AddRow(
        {absl::StrFormat("%d", line.flow_id), place(LocationKind::kSource, flow.source_id),
         place(LocationKind::kSink, flow.sink_id), line.state,
         db == nullptr ? absl::StrFormat("%d", line.steps_reached)
                       : absl::StrFormat("%d/%d", line.steps_reached, flow.intermediates.size()),
         complete ? FormatCount(line.completions) : "-",
         complete ? FormatMilliseconds(line.first_ms) : "-",
         complete ? FormatCount(line.first_execution) : "-",
         complete ? FormatCount(line.sink_values) + (line.sink_values_exact ? "" : "+") : "-",
         complete
             ? absl::StrFormat("%s / %s / %s", FormatNanoseconds(static_cast<double>(line.min_ns)),
                               FormatNanoseconds(line.avg_ns),
                               FormatNanoseconds(static_cast<double>(line.max_ns)))
             : "-",
         PrintableText(flow.description)});
  }
  if (directory.size() > 1)
    std::cout << "Sources and sinks are in " << PrintableText(directory) << "\n\n";
  std::cout << table.Format(TerminalWidth());
}

nlohmann::ordered_json ToJson(const CampaignStats& stats, const FlowDb* db) {
  nlohmann::ordered_json json = {{"directory", stats.directory},
                                 {"totals", stats.totals},
                                 {"record_files", stats.record_files},
                                 {"record_bytes", stats.record_bytes}};
  nlohmann::ordered_json& flows = json["flows"] = nlohmann::ordered_json::array();
  const std::vector<FlowStatsLine> lines = AllFlows(stats, db);
  for (size_t i = 0; i < lines.size(); ++i) {
    const FlowStatsLine& line = lines[i];
    nlohmann::ordered_json flow = {{"flow_id", line.flow_id},
                                   {"state", line.state},
                                   {"steps_reached", line.steps_reached},
                                   {"source_executions", line.source_executions},
                                   {"sink_executions", line.sink_executions},
                                   {"completions", line.completions},
                                   {"executions", line.executions}};
    if (line.completions > 0)
      flow.update({{"first_execution", line.first_execution},
                   {"first_ms", line.first_ms},
                   {"sink_values", line.sink_values},
                   {"sink_values_exact", line.sink_values_exact},
                   {"min_ns", line.min_ns},
                   {"avg_ns", line.avg_ns},
                   {"max_ns", line.max_ns}});
    if (db != nullptr)
      flow.update({{"source", Place(db, LocationKind::kSource, db->flow(i).source_id)},
                   {"sink", Place(db, LocationKind::kSink, db->flow(i).sink_id)},
                   {"steps", db->flow(i).intermediates.size()},
                   {"description", db->flow(i).description}});
    flows.push_back(std::move(flow));
  }
  return json;
}

int Run(const Options& options) {
  std::vector<CampaignStats> campaigns;
  for (const std::string& path : options.paths) {
    const auto directories = FindCampaignDirectories(path);
    if (!directories.ok()) {
      std::cerr << "flowmon: " << PrintableText(std::string(directories.status().message()))
                << "\n";
      return kExitUsage;
    }
    for (const std::string& directory : *directories) {
      auto stats = ReadCampaignStats(directory);
      if (!stats.ok()) {
        std::cerr << "flowmon: " << PrintableText(std::string(stats.status().message())) << "\n";
        return kExitUsage;
      }
      campaigns.push_back(*std::move(stats));
    }
  }
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (size_t i = 0; i < campaigns.size(); ++i) {
    const CampaignStats& stats = campaigns[i];
    const std::optional<FlowDb> db =
        LoadFlowDb(stats, options.flowdb.empty() ? stats.Text("flowdb") : options.flowdb);
    if (options.json) {
      json.push_back(ToJson(stats, db ? &*db : nullptr));
      continue;
    }
    if (i > 0) std::cout << "\n";
    PrintHeader(stats);
    PrintTable(stats, db ? &*db : nullptr);
  }
  // File names and descriptions need not be UTF-8.
  if (options.json)
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return kExitOk;
}

}  // namespace

void AddStatsCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("stats", "Show which flows a campaign has completed");
  auto options = std::make_shared<Options>();
  command
      ->add_option("DIR", options->paths,
                   "Output directory of afl-fuzz, of one instance, or of flowmon itself")
      ->required();
  command->add_option("--flowdb", options->flowdb,
                      "Flow database, if it is not where the campaign had it");
  command->add_flag("--json", options->json, "Print JSON, an array with one object an instance");
  command->footer("Examples:\n  flowmon stats out\n  flowmon stats --json out/main > stats.json");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
