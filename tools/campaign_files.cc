#include "tools/campaign_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "flowdb/str_cat.h"
#include "plugin/segments.h"
#include "plugin/statistics_report.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;

bool HasStats(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_regular_file(directory / kStatsFileName, ignored);
}

std::string_view Trimmed(std::string_view text) {
  const size_t end = text.find_last_not_of(' ');
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

// A running campaign replaces the file as a whole, so half a line is a damaged file.
absl::StatusOr<FlowStatsLine> ParseFlowStats(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  try {
    FlowStatsLine flow;
    flow.state = json.at("state").get<std::string>();
    const char* out_of_range = nullptr;
    // nlohmann's own conversion wraps.
    const auto is_number = [](const nlohmann::json& value, uint64_t max) {
      return value.is_number_unsigned() && value.get<uint64_t>() <= max;
    };
    const auto read = [&]<typename T>(const char* key, T& value) {
      const auto member = json.find(key);
      if (member == json.end()) return;
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        if (!is_number(*member, std::numeric_limits<T>::max())) out_of_range = key;
      }
      value = member->template get<T>();
    };
    if (!json.contains("flow_id")) return absl::InvalidArgumentError("it has no flow_id");
    read("flow_id", flow.flow_id);
    read("steps_reached", flow.steps_reached);
    read("source_executions", flow.source_executions);
    read("sink_executions", flow.sink_executions);
    read("best_steps", flow.best_steps);
    read("prefix", flow.prefix);
    read("ordered_prefix", flow.ordered_prefix);
    read("blocked_step", flow.blocked_step);
    read("reached_before", flow.reached_before);
    read("most_stopped_step", flow.most_stopped_step);
    read("most_stopped", flow.most_stopped);
    if (json.contains("wrong_order")) flow.wrong_order = json["wrong_order"].get<bool>();
    read("completions", flow.completions);
    read("executions", flow.executions);
    read("first_execution", flow.first_execution);
    read("first_ms", flow.first_ms);
    read("source_values", flow.source_values);
    read("source_values_exact", flow.source_values_exact);
    read("sink_values", flow.sink_values);
    read("sink_values_exact", flow.sink_values_exact);
    read("value_pairs", flow.value_pairs);
    read("value_pairs_exact", flow.value_pairs_exact);
    read("only_sink_value", flow.only_sink_value);
    read("repeats", flow.repeats);
    read("contradictions", flow.contradictions);
    read("identical", flow.identical);
    read("not_identical", flow.not_identical);
    read("min_ns", flow.min_ns);
    read("max_ns", flow.max_ns);
    read("avg_ns", flow.avg_ns);
    for (const auto& [key, numbers] :
         {std::pair("reached", &flow.reached), {"step_executions", &flow.step_executions}}) {
      for (const auto& number : json.value(key, nlohmann::json::array())) {
        if (!is_number(number, std::numeric_limits<uint64_t>::max())) out_of_range = key;
        numbers->push_back(number.get<uint64_t>());
      }
    }
    for (const auto& entry : json.value("times", nlohmann::json::array())) {
      if (!is_number(entry.at(0), 64) ||
          !is_number(entry.at(1), std::numeric_limits<uint64_t>::max()))
        out_of_range = "times";
      flow.times.emplace_back(entry.at(0).get<uint32_t>(), entry.at(1).get<uint64_t>());
    }
    if (out_of_range != nullptr)
      return absl::InvalidArgumentError(StrCat(out_of_range, " is out of range"));
    return flow;
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindCampaignDirectories(const std::string& path) {
  const fs::path root(path);
  if (HasStats(root)) return std::vector<std::string>{path};
  if (HasStats(root / "flowmon")) return std::vector<std::string>{(root / "flowmon").string()};
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, error))
    if (HasStats(entry.path() / "flowmon")) found.push_back((entry.path() / "flowmon").string());
  std::sort(found.begin(), found.end());
  if (error)
    return absl::NotFoundError(StrCat("cannot read ", path, ": ", error.message(),
                                      "; give the output directory of afl-fuzz (its -o)"));
  if (found.empty())
    return absl::NotFoundError(
        StrCat("no ", kStatsFileName, " in ", path, ", ", path, "/flowmon or ", path,
               "/*/flowmon; give the output directory of an afl-fuzz that ran with libflowmon.so"));
  return found;
}

uint64_t CampaignStats::Number(const std::string& key) const {
  uint64_t value = 0;
  return absl::SimpleAtoi(Text(key), &value) ? value : 0;
}

std::string CampaignStats::Text(const std::string& key) const {
  const auto it = totals.find(key);
  return it == totals.end() ? std::string() : it->second;
}

std::map<std::string, std::string> ReadStatsFile(const std::string& path) {
  std::map<std::string, std::string> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t separator = line.find(" : ");
    if (separator == std::string::npos) continue;
    values[std::string(Trimmed(std::string_view(line).substr(0, separator)))] =
        line.substr(separator + 3);
  }
  return values;
}

absl::StatusOr<CampaignStats> ReadCampaignStats(const std::string& directory) {
  CampaignStats stats;
  stats.directory = directory;
  const std::string totals_path = StrCat(directory, "/", kStatsFileName);
  stats.totals = ReadStatsFile(totals_path);
  if (stats.totals.empty())
    return absl::NotFoundError(StrCat(totals_path, " cannot be read or is empty"));
  if (const auto segments = ListSegments(directory); segments.ok()) {
    stats.record_files = segments->size();
    for (const Segment& segment : *segments) stats.record_bytes += segment.bytes;
  }
  std::error_code none;
  const uint64_t current_bytes = fs::file_size(fs::path(directory) / kRecordsFileName, none);
  if (!none) {
    ++stats.record_files;
    stats.record_bytes += current_bytes;
  }
  const std::string flows_path = StrCat(directory, "/", kFlowStatsFileName);
  std::ifstream flows(flows_path);
  uint64_t line_number = 0;
  for (std::string line; std::getline(flows, line);) {
    ++line_number;
    absl::StatusOr<FlowStatsLine> flow = ParseFlowStats(line);
    if (!flow.ok())
      return absl::InvalidArgumentError(
          StrCat(flows_path, ":", line_number,
                 ": not a line of flowmon's statistics: ", std::string(flow.status().message())));
    const uint32_t id = flow->flow_id;
    stats.flows[id] = *std::move(flow);
  }
  return stats;
}

std::vector<HistoryPoint> ReadHistory(const std::string& directory) {
  std::vector<HistoryPoint> points;
  std::ifstream file(StrCat(directory, "/", kHistoryFileName));
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    try {
      points.push_back({.unix_ms = json.at("unix_ms").get<int64_t>(),
                        .run_ms = json.at("run_ms").get<uint64_t>(),
                        .executions = json.at("executions").get<uint64_t>(),
                        .events = json.at("events").get<uint64_t>(),
                        .events_dropped = json.at("events_dropped").get<uint64_t>(),
                        .completions = json.at("completions").get<uint64_t>(),
                        .flows_completed = json.at("flows_completed").get<uint64_t>(),
                        .steps_reached = json.at("steps_reached").get<uint64_t>(),
                        .value_pairs = json.at("value_pairs").get<uint64_t>()});
    } catch (const nlohmann::json::exception&) {
      continue;
    }
  }
  return points;
}

}  // namespace flowmon
