#include "tools/doctor/check_database.h"

#include <algorithm>
#include <utility>

#include "flowdb/str_cat.h"
#include "runtime/flow_shm.h"
#include "runtime/instrument/match_report.h"

namespace flowmon::doctor {
namespace {

constexpr char kName[] = "database";
constexpr size_t kMaxListed = 3;

std::optional<std::string> Choose(const std::string& given, const std::vector<ObjectNotes>& notes,
                                  const Config& config, Checks& checks) {
  if (given.empty() && notes.empty()) {
    if (!config.flow_database.path.empty()) return config.flow_database.path;
    checks.push_back({Level::kProblem, kName,
                      "none: the program does not say which one it was compiled with",
                      "Name it with --flowdb."});
    return std::nullopt;
  }
  absl::StatusOr<std::string> path = ChooseDatabase(given, notes);
  if (path.ok()) return *std::move(path);
  checks.push_back({Level::kProblem, kName, std::string(path.status().message()),
                    "Compile all of the program from scratch with one database."});
  return std::nullopt;
}

void CompareHashes(const Database& database, const std::vector<ObjectNotes>& notes,
                   Checks& checks) {
  const auto others = std::count_if(notes.begin(), notes.end(), [&](const ObjectNotes& object) {
    return object.db_hash != database.file.content_hash;
  });
  if (others == 0) return;
  const bool all = static_cast<size_t>(others) == notes.size();
  checks.push_back(
      {Level::kProblem, kName,
       StrCat(all ? "the program was" : StrCat(others, " of ", notes.size(), " objects were"),
              " compiled with another database than ", database.path, " as it is now"),
       "Compile from scratch with this database, or name the right one with --flowdb."});
}

void CompareWithConfig(const Database& database, const Config& config, Checks& checks) {
  const std::string& path = config.flow_database.path;
  if (path.empty()) {
    checks.push_back({Level::kWarning, "plugin", "FLOW_MONITOR_FLOWDB is not set",
                      StrCat("Set FLOW_MONITOR_FLOWDB=", database.path, " for afl-fuzz.")});
    return;
  }
  const absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
  if (!file.ok()) {
    checks.push_back({Level::kProblem, "plugin", std::string(file.status().message()),
                      StrCat("Set FLOW_MONITOR_FLOWDB=", database.path, ".")});
  } else if (file->content_hash != database.file.content_hash) {
    checks.push_back(
        {Level::kProblem, "plugin",
         StrCat("the plugin will load another database, ", path, ", than ", database.path),
         StrCat("Set FLOW_MONITOR_FLOWDB=", database.path, ".")});
  }
}

void CheckMapSize(const Database& database, const Config& config, Checks& checks) {
  const uint32_t needed = database.file.db.coverage_map_size();
  const uint32_t size = config.shared_memory.map_size;
  if (needed > FLOW_LIMIT_MAP_SIZE) {
    checks.push_back({Level::kProblem, "map",
                      StrCat("intermediate id ", needed - 1, " is beyond any coverage map (",
                             FLOW_LIMIT_MAP_SIZE, ")"),
                      "Number the intermediates from 1."});
  } else if (size != 0 && size < needed) {
    checks.push_back(
        {Level::kProblem, "map",
         StrCat("shared_memory.map_size is ", size, ", but the database needs ", needed),
         "Leave shared_memory.map_size (FLOW_MONITOR_SHARED_MEMORY_MAP_SIZE) at 0."});
  }
}

void CheckFlows(const Database& database, const std::vector<ObjectNotes>& notes, Checks& checks) {
  const FlowDb& db = database.file.db;
  const MatchReport report = MakeMatchReport(database.file, database.path, "", notes);
  const auto reason = [&](std::pair<LocationKind, uint32_t> missing) {
    const auto at = std::find_if(
        report.locations.begin(), report.locations.end(), [&](const LocationReport& location) {
          return location.kind == missing.first && location.location.id == missing.second;
        });
    return StrCat(LocationKindName(missing.first), " ", missing.second, " at ",
                  db.Describe(at->location), ": ", at->reason);
  };
  size_t num_missing = 0;
  std::string listed;
  for (const FlowReport& flow : report.flows) {
    if (flow.missing.empty() || ++num_missing > kMaxListed) continue;
    StrAppend(&listed, num_missing == 1 ? "" : "; ", "flow ", flow.id, " (",
              reason(flow.missing[0]), ")");
  }
  if (num_missing == 0) {
    checks.push_back(
        {Level::kOk, "flows",
         StrCat("all ", report.flows.size(), " flows of ", database.path, " are in the program"),
         ""});
    return;
  }
  if (num_missing > kMaxListed) StrAppend(&listed, "; ...");
  checks.push_back(
      {num_missing == report.flows.size() ? Level::kProblem : Level::kWarning, "flows",
       StrCat(num_missing, " of ", report.flows.size(),
              " flows can never complete, their locations are not in the program: ", listed),
       "See `flowmon flowdb match` for all of them, and doc/INSTRUMENT.md for the reasons."});
}

}  // namespace

std::optional<Database> CheckDatabase(const std::string& given,
                                      const std::vector<ObjectNotes>& notes, const Config& config,
                                      Checks& checks) {
  std::optional<std::string> path = Choose(given, notes, config, checks);
  if (!path) return std::nullopt;
  absl::StatusOr<FlowDbFile> file = ReadFlowDb(*path);
  if (!file.ok()) {
    checks.push_back({Level::kProblem, kName, std::string(file.status().message()),
                      "If the database has moved, say where it is with --flowdb."});
    return std::nullopt;
  }
  Database database{*std::move(path), *std::move(file)};
  CompareHashes(database, notes, checks);
  CompareWithConfig(database, config, checks);
  CheckMapSize(database, config, checks);
  if (!notes.empty()) CheckFlows(database, notes, checks);
  return database;
}

}  // namespace flowmon::doctor
