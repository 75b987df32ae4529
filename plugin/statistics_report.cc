#include "plugin/statistics_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "flowdb/fields.h"
#include "flowdb/str_cat.h"
#include "plugin/unique_fd.h"

namespace flowmon {
namespace {

// False, and errno is set, if not everything could be written.
bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    content.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void AddProgress(const FlowProgress& progress, nlohmann::ordered_json& json) {
  json["best_steps"] = progress.best_steps;
  json["prefix"] = progress.prefix;
  json["ordered_prefix"] = progress.ordered_prefix;
  if (progress.blocked_step != 0) {
    json["blocked_step"] = progress.blocked_step;
    json["reached_before"] = progress.reached_before;
  }
  if (progress.most_stopped_step != 0) {
    json["most_stopped_step"] = progress.most_stopped_step;
    json["most_stopped"] = progress.most_stopped;
  }
}

void AddEvidence(const FlowEvidence& evidence, nlohmann::ordered_json& json) {
  const auto add = [&](const std::string& name, const DistinctCounter& counter) {
    json[name] = counter.count();
    json[name + "_exact"] = counter.is_exact();
  };
  add("source_values", evidence.source_values);
  add("sink_values", evidence.sink_values);
  add("value_pairs", evidence.value_pairs);
  if (evidence.sink_values.is_exact() && evidence.sink_values.count() == 1)
    json["only_sink_value"] = absl::StrFormat("0x%016x", evidence.only_sink_value);
  json["repeats"] = evidence.repeats;
  json["contradictions"] = evidence.contradictions;
  json["identical"] = evidence.identical;
  json["not_identical"] = evidence.not_identical;
}

}  // namespace

std::string FormatStats(const Statistics& statistics, const FlowDb& db,
                        const CampaignFacts& facts) {
  const Statistics::Totals& totals = statistics.totals();
  std::string out;
  const auto add = [&out](std::string_view key, const auto& value) {
    StrAppend(&out, absl::StrFormat("%-21s : ", AbslView(key)), value, "\n");
  };
  add("start_time", facts.start_unix_s);
  add("last_update", facts.now_unix_s);
  add("run_time", facts.now_unix_s - facts.start_unix_s);
  add("fuzzer_pid", getpid());
  add("flowdb", PrintableText(facts.flowdb_path));
  add("flowdb_hash", absl::StrFormat("0x%016x", facts.flowdb_hash));
  add("flowdb_mismatch", facts.flowdb_mismatch ? 1 : 0);
  add("silence", facts.silence);
  add("record_mode", facts.record_mode);
  add("record_limit", facts.record_limit);
  add("executions_done", totals.executions);
  add("executions_recorded", facts.lines_written);
  add("executions_skipped",
      totals.executions - facts.lines_written - facts.lines_lost - facts.lines_over_limit);
  add("executions_over_limit", facts.lines_over_limit);
  add("executions_lost", facts.lines_lost);
  add("executions_failed", facts.executions_failed);
  add("executions_unexamined", statistics.num_unexamined());
  add("events_produced", totals.events_produced);
  add("events_recorded", totals.events_recorded());
  add("events_sources", totals.events_sources);
  add("events_sinks", totals.events_sinks);
  add("events_dropped", totals.events_dropped());
  add("events_capped", totals.events_capped);
  add("events_overflowed", totals.events_overflowed);
  add("events_torn", totals.events_torn);
  add("events_late", totals.events_late);
  add("events_unknown_id", totals.events_unknown_id);
  add("hits_uncounted", totals.hits_uncounted);
  add("hits_late", totals.hits_late);
  add("flows_total", db.num_flows());
  add("flows_completed", totals.flows_completed);
  add("completions", totals.completions);
  add("intermediates_total", db.locations(LocationKind::kIntermediate).size());
  add("intermediates_hit", totals.intermediates_hit);
  add("files_refused", facts.files_refused);
  add("compressions_failed", facts.compressions_failed);
  add("inputs_kept", facts.inputs_kept);
  add("inputs_over_limit", facts.inputs_over_limit);
  add("inputs_failed", facts.inputs_failed);
  return out;
}

std::string FormatFlowStats(const Statistics& statistics, const FlowDb& db) {
  std::string out;
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const FlowState state = statistics.state(i);
    const Flow flow = db.flow(i);
    const uint32_t steps = statistics.steps_reached(flow);
    if (state == FlowState::kNotReached && steps == 0) continue;
    nlohmann::ordered_json json = {
        {"flow_id", flow.id},
        {"state", FlowStateName(state)},
        {"steps_reached", steps},
        {"source_executions", statistics.source_executions(flow.source_id)},
        {"sink_executions", statistics.sink_executions(flow.sink_id)},
    };
    AddProgress(statistics.progress(i), json);
    json["reached"] = statistics.ReachedSteps(i);
    nlohmann::ordered_json& hits = json["step_executions"] = nlohmann::ordered_json::array();
    for (const uint32_t id : flow.intermediates) hits.push_back(statistics.hit_executions(id));
    if (statistics.ran_together(i)) json["wrong_order"] = statistics.only_wrong_order(i);
    if (const FlowStatistics* stats = statistics.flow(i)) {
      json["completions"] = stats->completions;
      json["executions"] = stats->executions;
      json["first_execution"] = stats->first_execution;
      json["first_ms"] = stats->first_ns / 1'000'000;
      AddEvidence(stats->evidence, json);
      json["min_ns"] = stats->min_ns;
      json["avg_ns"] = stats->average_ns();
      json["max_ns"] = stats->max_ns;
      nlohmann::ordered_json& times = json["times"] = nlohmann::ordered_json::array();
      for (size_t width = 0; width < stats->executions_by_time.size(); ++width)
        if (const uint64_t count = stats->executions_by_time[width])
          times.push_back({width, count});
    }
    StrAppend(&out, json.dump(), "\n");
  }
  return out;
}

std::string FormatSummary(const Statistics& statistics, const FlowDb& db) {
  const Statistics::Totals& totals = statistics.totals();
  const std::string capped =
      totals.events_capped == 0
          ? ""
          : StrCat(", ", totals.events_capped, " of them only counted (max_events_per_id)");
  std::string out = absl::StrFormat(
      "Total executions: %u\n"
      "Total events: %u (sources: %u, sinks: %u, dropped: %u)%s\n"
      "Completed flows: %u of %u (%u completions)",
      totals.executions, totals.events_produced, totals.events_sources, totals.events_sinks,
      totals.events_dropped() - totals.events_capped, capped, totals.flows_completed,
      db.num_flows(), totals.completions);
  constexpr uint64_t kMaxListed = 100;
  uint64_t listed = 0;
  for (size_t i = 0; i < db.num_flows() && listed < kMaxListed; ++i) {
    const FlowStatistics* stats = statistics.flow(i);
    if (!stats) continue;
    ++listed;
    absl::StrAppendFormat(
        &out, "\n  Flow %u: %u completions, time min %.1f us, max %.1f us, avg %.1f us",
        db.flow(i).id, stats->completions, static_cast<double>(stats->min_ns) / 1e3,
        static_cast<double>(stats->max_ns) / 1e3, stats->average_ns() / 1e3);
  }
  if (totals.flows_completed > listed)
    StrAppend(&out, "\n  and ", totals.flows_completed - listed, " more, see ", kFlowStatsFileName);
  return out;
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view content) {
  const std::string temporary = StrCat(path, ".tmp");
  // Of a predecessor that was killed, or a link or pipe that somebody planted.
  unlink(temporary.c_str());
  const UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd && WriteAll(fd.get(), content) && rename(temporary.c_str(), path.c_str()) == 0)
    return absl::OkStatus();
  absl::Status status = absl::ErrnoToStatus(errno, StrCat("cannot write ", path));
  unlink(temporary.c_str());
  return status;
}

}  // namespace flowmon
