// `flowmon flowdb`: what is in a .flowdb, and what is wrong with it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "flowdb/fields.h"
#include "flowdb/lint.h"
#include "flowdb/reader.h"
#include "tools/cmd_flowdb_derive.h"
#include "tools/cmd_flowdb_match.h"
#include "tools/commands.h"

namespace flowmon {
namespace {

constexpr size_t kTopSources = 5;

struct LintCounts {
  uint64_t warnings = 0;
  uint64_t remarks = 0;
  uint64_t unreadable = 0;
};

void LintFile(const std::string& path, LintCounts& counts) {
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(path, NoFlows::kWarning);
  if (!file.ok()) {
    std::cerr << "flowmon: " << file.status().message() << "\n";
    ++counts.unreadable;
    return;
  }
  for (const FlowDbWarning& warning : file->warnings) {
    std::cout << FormatWarning(path, warning) << "\n";
  }
  if (const uint64_t hidden = file->num_warnings - file->warnings.size(); hidden > 0) {
    std::cout << path << ": " << hidden << " further warnings are not shown\n";
  }
  const std::vector<std::string> remarks = LintFlowDb(file->db);
  for (const std::string& remark : remarks) {
    std::cout << path << ": " << PrintableText(remark) << "\n";
  }
  counts.warnings += file->num_warnings;
  counts.remarks += remarks.size();
}

std::string Plural(uint64_t count, std::string_view noun) {
  return absl::StrFormat("%d %s%s", count, noun, count == 1 ? "" : "s");
}

int Lint(const std::vector<std::string>& paths) {
  LintCounts counts;
  for (const std::string& path : paths) LintFile(path, counts);
  std::cout << Plural(paths.size(), "file") << ": " << Plural(counts.warnings, "warning") << ", "
            << Plural(counts.remarks, "remark");
  if (counts.unreadable > 0) std::cout << ", " << counts.unreadable << " unreadable";
  std::cout << "\n";
  if (counts.unreadable > 0) return kExitUsage;
  return counts.warnings + counts.remarks > 0 ? kExitFindings : kExitOk;
}

struct SourceFlows {
  const Location* source;
  uint64_t flows;
};

// The sources that most flows start at, ties by id.
std::vector<SourceFlows> TopSources(const FlowDb& db) {
  std::vector<SourceFlows> top;
  absl::flat_hash_map<uint32_t, uint64_t> flows_of;
  for (size_t i = 0; i < db.num_flows(); ++i) ++flows_of[db.flow(i).source_id];
  top.reserve(flows_of.size());
  for (const auto& [id, flows] : flows_of) {
    top.push_back({db.FindLocation(LocationKind::kSource, id), flows});
  }
  std::sort(top.begin(), top.end(), [](const SourceFlows& a, const SourceFlows& b) {
    return std::pair(b.flows, a.source->id) < std::pair(a.flows, b.source->id);
  });
  top.resize(std::min(top.size(), kTopSources));
  return top;
}

struct Spread {
  size_t min, max;
  double median;
};

// Of the number of intermediates per flow. Requires flows.
Spread IntermediatesPerFlow(const FlowDb& db) {
  std::vector<size_t> sizes(db.num_flows());
  for (size_t i = 0; i < sizes.size(); ++i) sizes[i] = db.flow(i).intermediates.size();
  std::sort(sizes.begin(), sizes.end());
  const size_t upper = sizes[sizes.size() / 2];
  const size_t lower = sizes[(sizes.size() - 1) / 2];
  return {.min = sizes.front(),
          .max = sizes.back(),
          .median = (static_cast<double>(lower) + static_cast<double>(upper)) / 2};
}

void PrintStatsTable(const std::string& path, const FlowDbFile& file) {
  const FlowDb& db = file.db;
  const auto row = [](std::string_view name, const auto& value) {
    std::cout << absl::StreamFormat("%-24s", name) << value << "\n";
  };
  const Spread spread = IntermediatesPerFlow(db);
  row("flow database", PrintableText(path));
  row("content hash", absl::StrFormat("0x%016x", file.content_hash));
  row("flows", db.num_flows());
  row("sources", db.locations(LocationKind::kSource).size());
  row("sinks", db.locations(LocationKind::kSink).size());
  row("intermediates", db.locations(LocationKind::kIntermediate).size());
  row("source files", db.num_files());
  row("coverage map size", absl::StrFormat("%d bytes", db.coverage_map_size()));
  row("intermediates per flow",
      absl::StrFormat("min %d, median %g, max %d", spread.min, spread.median, spread.max));
  row("warnings", file.num_warnings);
  std::cout << "\nsources with most flows\n";
  for (const SourceFlows& top : TopSources(db)) {
    std::cout << absl::StreamFormat("%10d  source %d  %s\n", top.flows, top.source->id,
                                    PrintableText(db.Describe(*top.source)));
  }
}

void PrintStatsJson(const std::string& path, const FlowDbFile& file) {
  const FlowDb& db = file.db;
  const Spread spread = IntermediatesPerFlow(db);
  nlohmann::ordered_json top_sources = nlohmann::ordered_json::array();
  for (const SourceFlows& top : TopSources(db)) {
    top_sources.push_back({{"source_id", top.source->id},
                           {"location", db.Describe(*top.source)},
                           {"flows", top.flows}});
  }
  const nlohmann::ordered_json stats = {
      {"flowdb", path},
      {"content_hash", absl::StrFormat("0x%016x", file.content_hash)},
      {"flows", db.num_flows()},
      {"sources", db.locations(LocationKind::kSource).size()},
      {"sinks", db.locations(LocationKind::kSink).size()},
      {"intermediates", db.locations(LocationKind::kIntermediate).size()},
      {"source_files", db.num_files()},
      {"coverage_map_size", db.coverage_map_size()},
      {"intermediates_per_flow",
       {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}}},
      {"top_sources", top_sources},
      {"warnings", file.num_warnings}};
  // File names need not be UTF-8.
  std::cout << stats.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

int Stats(const std::string& path, bool json) {
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
  if (!file.ok()) {
    std::cerr << "flowmon: " << file.status().message() << "\n";
    return kExitUsage;
  }
  (json ? PrintStatsJson : PrintStatsTable)(path, *file);
  return kExitOk;
}

struct Options {
  std::vector<std::string> lint_files;
  std::string stats_file;
  bool json = false;
};

}  // namespace

void AddFlowdbCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* flowdb = app.add_subcommand("flowdb", "Check or summarize flow databases (.flowdb)");
  flowdb->require_subcommand(1);

  CLI::App* lint = flowdb->add_subcommand("lint", "Print every warning and what looks suspicious");
  lint->add_option("FILE", options->lint_files, "Flow databases")->required();
  lint->callback([options, &exit_code] { exit_code = Lint(options->lint_files); });

  CLI::App* stats = flowdb->add_subcommand("stats", "Print counts, sizes and the content hash");
  stats->add_option("FILE", options->stats_file, "Flow database")->required();
  stats->add_flag("--json", options->json, "Print one JSON object");
  stats->callback([options, &exit_code] { exit_code = Stats(options->stats_file, options->json); });

  AddFlowdbMatchCommand(*flowdb, exit_code);
  AddFlowdbDeriveCommand(*flowdb, exit_code);
}

}  // namespace flowmon
