#include "plugin/target_lanes.h"

#include <unistd.h>

#include <algorithm>

#include "flowdb/str_cat.h"
#include "runtime/flow_shm.h"

namespace flowmon {
namespace {

// Of the target's coverage map; never 0, which the target would take for "not set".
uint32_t MapSize(const Config::SharedMemory& config, const FlowDb& db) {
  return std::max(config.map_size != 0 ? config.map_size : db.coverage_map_size(), 1u);
}

// For all ids of the database up to FLOW_LIMIT_TALLIED_IDS.
EventLimit LimitOfEvents(const Config::SharedMemory& config, const FlowDb& db) {
  uint64_t num_ids = 1;
  for (LocationKind kind : {LocationKind::kSource, LocationKind::kSink})
    for (const Location& location : db.locations(kind))
      num_ids = std::max(num_ids, uint64_t{location.id} + 1);
  return {config.max_events_per_id,
          static_cast<uint32_t>(std::min<uint64_t>(num_ids, FLOW_LIMIT_TALLIED_IDS))};
}

}  // namespace

absl::StatusOr<TargetLanes> CreateTargetLanes(const Config::SharedMemory& config, const FlowDb& db,
                                              bool keep) {
  const uint32_t map_size = MapSize(config, db);
  const EventLimit limit = LimitOfEvents(config, db);
  const ProcessReader reader(config.max_events, map_size, limit);
  TargetLanes lanes;
  if (config.mode == LaneMode::kSession) {
    auto session = SessionLane::Create(config.max_events, map_size, limit);
    if (!session.ok()) return session.status();
    lanes.session = *std::move(session);
    lanes.files = FileLane::Expect(config.directory, keep, reader);
  } else {
    auto files = FileLane::Create(config.directory, keep, reader);
    if (!files.ok()) return files.status();
    lanes.files = *std::move(files);
  }
  return lanes;
}

std::vector<std::pair<std::string, std::string>> TargetVariables(const Config::SharedMemory& config,
                                                                 const FlowDb& db,
                                                                 const TargetLanes& lanes) {
  const EventLimit limit = LimitOfEvents(config, db);
  std::vector<std::pair<std::string, std::string>> variables = {
      {"FLOW_SHM_DIR", lanes.files->directory()},
      {"FLOW_MAX_EVENTS", StrCat(config.max_events)},
      {"FLOW_MAX_EVENTS_PER_ID", StrCat(limit.max_events_per_id)},
      {"FLOW_TALLIED_IDS", StrCat(limit.num_ids)},
      {"DF_COVERAGE_MAP_SIZE", StrCat(MapSize(config, db))},
      {FLOW_PLUGIN_ENV, StrCat(getpid())}};
  if (lanes.session) variables.emplace_back(FLOW_SESSION_ENV, lanes.session->setting());
  return variables;
}

}  // namespace flowmon
