#include "tools/cmd_flowdb_match.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "flowdb/fields.h"
#include "flowdb/reader.h"
#include "flowdb/str_cat.h"
#include "runtime/instrument/match_report.h"
#include "tools/commands.h"
#include "tools/program_notes.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

struct Options {
  std::vector<std::string> programs;
  std::string flowdb;
  bool json = false;
};

void Complain(const std::string& sentence) { std::cerr << "flowmon: " << sentence << "\n"; }

std::string StatusText(MatchStatus status) {
  return status == MatchStatus::kExact         ? "exact"
         : status == MatchStatus::kApproximate ? "approximate"
                                               : "not found";
}

void PrintLocations(const MatchReport& report, const FlowDb& db) {
  TextTable table({{"LOCATION"},
                   {"ID", TextTable::Align::kRight},
                   {"IN THE DATABASE"},
                   {"STATUS"},
                   {"PLACES", TextTable::Align::kRight},
                   {"INSTRUMENTED THERE"}});
  for (const LocationReport& location : report.locations) {
    const bool found = location.status != MatchStatus::kNotFound;
    table.AddRow(
        {std::string(LocationKindName(location.kind)), std::to_string(location.location.id),
         PrintableText(db.Describe(location.location)), StatusText(location.status),
         std::to_string(location.num_places),
         PrintableText(found ? StrCat(location.what, " at ", location.where) : location.reason)});
  }
  std::cout << table.Format(TerminalWidth());
}

void PrintFlows(const MatchReport& report, const FlowDb& db) {
  TextTable table({{"FLOW", TextTable::Align::kRight}, {"STATUS"}, {"MISSING"}, {"DESCRIPTION"}});
  for (size_t i = 0; i < report.flows.size(); ++i) {
    const FlowReport& flow = report.flows[i];
    const std::string missing =
        absl::StrJoin(flow.missing, ", ", [](std::string* out, const auto& location) {
          StrAppend(out, LocationKindName(location.first), " ", location.second);
        });
    table.AddRow({std::to_string(flow.id), flow.missing.empty() ? "instrumented" : "incomplete",
                  missing, PrintableText(db.flow(i).description)});
  }
  std::cout << table.Format(TerminalWidth());
}

void PrintReport(const MatchReport& report, const FlowDb& db) {
  // Its first lines sum up; what is missing is in the tables.
  for (const std::string& line : SummarizeMatchReport(report, db, SIZE_MAX, "")) {
    if (!std::string_view(line).starts_with("not found: "))
      std::cout << PrintableText(line) << "\n";
  }
  std::cout << "\n";
  PrintLocations(report, db);
  std::cout << "\n";
  PrintFlows(report, db);
}

int Match(const Options& options) {
  std::vector<ObjectNotes> objects;
  std::vector<std::string> paths;
  for (const std::string& program : options.programs) {
    absl::StatusOr<std::vector<ObjectNotes>> notes = ReadProgramNotes(program);
    if (!notes.ok()) {
      Complain(std::string(notes.status().message()));
      return kExitUsage;
    }
    if (notes->empty()) {
      Complain(StrCat(program, " has no notes of flow-cc: build it with flow-cc and FLOW_DB set"));
      return kExitUsage;
    }
    std::move(notes->begin(), notes->end(), std::back_inserter(objects));
    std::error_code error;
    const std::filesystem::path path = std::filesystem::absolute(program, error);
    paths.push_back(error ? program : path.lexically_normal().string());
  }
  const absl::StatusOr<std::string> db_path = ChooseDatabase(options.flowdb, objects);
  if (!db_path.ok()) {
    Complain(std::string(db_path.status().message()));
    return kExitUsage;
  }
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(*db_path);
  if (!file.ok()) {
    Complain(StrCat(file.status().message(),
                    options.flowdb.empty()
                        ? "; if the database has moved, say where it is with --flowdb"
                        : ""));
    return kExitUsage;
  }
  const std::string all = absl::StrJoin(paths, ", ");
  const std::string subject = paths.size() == 1 ? all : StrCat(paths.size(), " programs");
  const MatchReport report =
      MakeMatchReport(*file, *db_path, options.json ? all : subject, objects);
  if (options.json) {
    std::cout << MatchReportJson(report, file->db);
  } else {
    PrintReport(report, file->db);
  }
  return report.num_found() == report.locations.size() ? kExitOk : kExitFindings;
}

}  // namespace

void AddFlowdbMatchCommand(CLI::App& flowdb, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* match = flowdb.add_subcommand(
      "match", "Show which locations and flows of a database are in programs that flow-cc built");
  match
      ->add_option("PROGRAM", options->programs,
                   "Programs, shared libraries or object files; several give one report")
      ->required();
  match->add_option("--flowdb", options->flowdb,
                    "The database, by default the one they were compiled with");
  match->add_flag("--json", options->json,
                  "Print the report of doc/INSTRUMENT.md, one JSON object");
  match->callback([options, &exit_code] { exit_code = Match(*options); });
}

}  // namespace flowmon
