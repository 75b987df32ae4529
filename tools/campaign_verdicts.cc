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
    std::error_code error;
    const fs::path path = fs::canonical(directory, error);
    const auto instances = FindAflInstances(path.parent_path().string());
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

// What the programs' notes say of a flow, empty if nothing is to be said.
struct FlowNotes {
  std::string missing;  // the first location of it that is in none of the programs, with the reason
  std::string off_label;  // its source or sink reports other data than the database asks for
};

// By index of the flow. Empty if it cannot be told.
std::vector<FlowNotes> ReadNotes(const std::vector<std::string>& programs,
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
  std::map<std::pair<LocationKind, uint32_t>, const LocationReport*> reports;
  for (const LocationReport& location : report.locations)
    reports[{location.kind, location.location.id}] = &location;
  const auto name = [&](LocationKind kind, uint32_t id) {
    return StrCat(LocationKindName(kind), " ", id, " (",
                  db.Describe(*db.FindLocation(kind, id), false), ")");
  };
  std::vector<FlowNotes> notes(db.num_flows());
  for (uint32_t i = 0; i < report.flows.size(); ++i) {
    if (!report.flows[i].missing.empty()) {
      const auto& [kind, id] = report.flows[i].missing.front();
      notes[i].missing =
          StrCat(name(kind, id), " is not in the program: ", reports[{kind, id}]->reason);
    }
    const Flow flow = db.flow(i);
    for (const auto& [kind, id] : {std::pair(LocationKind::kSource, flow.source_id),
                                   std::pair(LocationKind::kSink, flow.sink_id)}) {
      const std::string& what = reports[{kind, id}]->what;
      if (what.find(kUnmetLabel) != std::string::npos)
        notes[i].off_label = StrCat(name(kind, id), " reports other data than its label asks for (",
                                    what, "): its values say nothing");
    }
  }
  return notes;
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
    for (auto& [id, kept] :
         ReadKeptInputs(campaign.directory, campaign.Text("flowdb_hash"), verdicts.warnings))
      MergeKeptInputs(std::move(kept), inputs[id]);
  }
  FindTarget(verdicts, programs);
  const std::vector<FlowNotes> notes = ReadNotes(programs, verdicts);
  const FlowDb& db = verdicts.file.db;
  for (uint32_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    FlowVerdict entry = {i, Verdict::kNotReached, "", stats[flow.id], inputs[flow.id]};
    entry.stats.flow_id = flow.id;
    const FlowNotes none, &note = notes.empty() ? none : notes[i];
    entry.verdict = Judge(entry.stats, note.missing.empty());
    if (entry.verdict == Verdict::kNotInstrumented) {
      entry.why = note.missing;
    } else if (entry.stats.completions > 0 && !note.off_label.empty()) {
      entry.verdict = Verdict::kCompleted;
      entry.why = note.off_label;
    } else {
      entry.why = ExplainVerdict(entry.verdict, entry.stats, db, flow);
    }
    if (entry.stats.completions == 0 && !entry.inputs.empty())
      entry.why += "; completed before afl-fuzz was started again: see its inputs";
    verdicts.flows.push_back(std::move(entry));
  }
  return verdicts;
}

}  // namespace flowmon
