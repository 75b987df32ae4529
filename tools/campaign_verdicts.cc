#include "tools/campaign_verdicts.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "flowdb/fields.h"
#include "flowdb/str_cat.h"
#include "runtime/instrument/match_report.h"
#include "tools/afl_instance.h"
#include "tools/program_notes.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::vector<CampaignStats>> ReadAll(const std::vector<std::string>& paths) {
  std::vector<CampaignStats> campaigns;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    const auto directories = FindCampaignDirectories(path);
    if (!directories.ok()) return directories.status();
    for (const std::string& directory : *directories) {
      std::error_code error;
      if (!seen.insert(fs::canonical(directory, error).string()).second) continue;
      auto stats = ReadCampaignStats(directory);
      if (!stats.ok()) return stats.status();
      campaigns.push_back(*std::move(stats));
    }
  }
  return campaigns;
}

absl::Status LoadFlowDb(const std::vector<CampaignStats>& campaigns, const std::string& given,
                        CampaignVerdicts& verdicts) {
  verdicts.flowdb_path = given.empty() ? campaigns.front().Text("flowdb") : given;
  absl::StatusOr<FlowDbFile> file = ReadFlowDb(verdicts.flowdb_path);
  if (!file.ok())
    return {file.status().code(), StrCat(file.status().message(),
                                         given.empty() ? "; name the database with --flowdb" : "")};
  verdicts.file = *std::move(file);
  const std::string hash = absl::StrFormat("0x%016x", verdicts.file.content_hash);
  for (const CampaignStats& campaign : campaigns)
    if (campaign.Text("flowdb_hash") != hash)
      return absl::FailedPreconditionError(
          StrCat(campaign.directory, " was run with another database than ", verdicts.flowdb_path,
                 ", or it has changed since: flows cannot be told by their ids; give --flowdb the "
                 "one that the campaign used"));
  return absl::OkStatus();
}

// What afl-fuzz says of the instances' target.
void FindTarget(CampaignVerdicts& verdicts, std::vector<std::string>& programs) {
  const bool look_for_programs = programs.empty();
  for (const std::string& directory : verdicts.directories) {
    const auto instances = FindAflInstances(fs::path(directory).parent_path().string());
    if (!instances.ok() || instances->size() != 1 || instances->front().target.empty()) continue;
    const AflInstance& instance = instances->front();
    if (verdicts.target.empty()) {
      verdicts.target = instance.target;
      verdicts.timeout_ms = instance.timeout_ms;
    }
    const std::string& program = instance.target.front();
    if (look_for_programs && std::ranges::find(programs, program) == programs.end())
      programs.push_back(program);
  }
}

// By index of the flow: the first location of it that is in none of the programs, with the reason.
// Empty if it cannot be told.
std::vector<std::string> FindMissing(const std::vector<std::string>& programs,
                                     CampaignVerdicts& verdicts) {
  std::vector<ObjectNotes> objects;
  for (const std::string& program : programs) {
    auto notes = ReadProgramNotes(program);
    if (!notes.ok()) {
      verdicts.warnings.push_back(
          StrCat("which flows are instrumented is not known: ", notes.status().message(),
                 " (--program names the program, if it has moved)"));
      return {};
    }
    std::move(notes->begin(), notes->end(), std::back_inserter(objects));
  }
  if (objects.empty()) {
    verdicts.warnings.push_back(
        programs.empty() ? "which flows are instrumented is not known: name the program, and its "
                           "libraries, with --program"
                         : StrCat("which flows are instrumented is not known: ", programs.front(),
                                  " has no notes of flow-cc"));
    return {};
  }
  const FlowDb& db = verdicts.file.db;
  const MatchReport report =
      MakeMatchReport(verdicts.file, verdicts.flowdb_path, programs.front(), objects);
  for (const std::string& warning : report.warnings) verdicts.warnings.push_back(warning);
  std::map<std::pair<LocationKind, uint32_t>, std::string> reasons;
  for (const LocationReport& location : report.locations)
    reasons[{location.kind, location.location.id}] = location.reason;
  std::vector<std::string> missing(db.num_flows());
  for (size_t i = 0; i < report.flows.size(); ++i) {
    if (report.flows[i].missing.empty()) continue;
    const auto& [kind, id] = report.flows[i].missing.front();
    missing[i] = StrCat(LocationKindName(kind), " ", id, " (",
                        db.Describe(*db.FindLocation(kind, id), false),
                        ") is not in the program: ", reasons[{kind, id}]);
  }
  return missing;
}

}  // namespace

uint64_t CampaignVerdicts::Count(Verdict verdict) const {
  return static_cast<uint64_t>(std::ranges::count(flows, verdict, &FlowVerdict::verdict));
}

absl::StatusOr<CampaignVerdicts> JudgeCampaigns(const std::vector<std::string>& paths,
                                                const std::string& flowdb,
                                                std::vector<std::string> programs) {
  auto campaigns = ReadAll(paths);
  if (!campaigns.ok()) return campaigns.status();
  CampaignVerdicts verdicts;
  if (absl::Status status = LoadFlowDb(*campaigns, flowdb, verdicts); !status.ok()) return status;
  std::map<uint32_t, FlowStatsLine> stats;
  std::map<uint32_t, std::vector<FlowInput>> inputs;
  for (const CampaignStats& campaign : *campaigns) {
    verdicts.directories.push_back(campaign.directory);
    verdicts.executions += campaign.Number("executions_done");
    verdicts.seconds = std::max(verdicts.seconds, campaign.Number("run_time"));
    for (const auto& [id, line] : campaign.flows) MergeFlowStats(line, stats[id]);
    for (auto& [id, kept] : ReadKeptInputs(campaign.directory, verdicts.warnings))
      MergeKeptInputs(std::move(kept), inputs[id]);
  }
  FindTarget(verdicts, programs);
  const std::vector<std::string> missing = FindMissing(programs, verdicts);
  const FlowDb& db = verdicts.file.db;
  for (uint32_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    FlowVerdict entry = {i, Verdict::kNotReached, "", stats[flow.id], inputs[flow.id]};
    entry.stats.flow_id = flow.id;
    const bool is_instrumented = missing.empty() || missing[i].empty();
    entry.verdict = Judge(entry.stats, is_instrumented);
    entry.why = entry.verdict == Verdict::kNotInstrumented
                    ? missing[i]
                    : ExplainVerdict(entry.verdict, entry.stats, db, flow);
    verdicts.flows.push_back(std::move(entry));
  }
  return verdicts;
}

}  // namespace flowmon
