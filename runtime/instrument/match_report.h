// What became of a database in a linked program: which locations were instrumented, which flows can
// therefore be seen, and for everything else the reason. Made from the notes that the pass left.
//
// Used by flow-cc after a link; doc/INSTRUMENT.md documents the JSON.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_MATCH_REPORT_H_
#define FLOWMON_RUNTIME_INSTRUMENT_MATCH_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "flowdb/flowdb.h"
#include "flowdb/reader.h"
#include "runtime/instrument/match_notes.h"

namespace flowmon {

enum class MatchStatus : uint8_t { kExact, kApproximate, kNotFound };

struct LocationReport {
  LocationKind kind = LocationKind::kSource;
  Location location = {};
  MatchStatus status = MatchStatus::kNotFound;
  std::string what;         // of the first place: "call:memcpy"; empty if not found
  std::string where;        // of the first place: "/src/a.c:12:5"; empty if not found
  uint32_t num_places = 0;  // functions and objects that carry it
  std::string reason;       // why it was not found; empty if it was
};

struct FlowReport {
  uint32_t id;
  std::vector<std::pair<LocationKind, uint32_t>> missing;  // in path order; empty: instrumented
};

struct MatchReport {
  std::string db_path;
  uint64_t db_hash = 0;
  std::string program;
  std::vector<LocationReport> locations;  // by kind, then as in the database
  std::vector<FlowReport> flows;          // as in the database
  std::vector<std::string> warnings;      // one sentence each
  size_t num_exact = 0;
  size_t num_approximate = 0;
  bool has_code = false;  // some file of the database is in the program

  size_t num_found() const { return num_exact + num_approximate; }
};

// Notes of objects that were compiled with another database, by its hash, do not count: their ids
// mean something else. There is a warning then.
MatchReport MakeMatchReport(const FlowDbFile& file, const std::string& db_path,
                            const std::string& program, const std::vector<ObjectNotes>& objects);

// For people, lines without a prefix: the summary, the warnings, then at most `max_listed` of what
// was not found. `details` is the file to see for the rest.
std::vector<std::string> SummarizeMatchReport(const MatchReport& report, const FlowDb& db,
                                              size_t max_listed, const std::string& details);

std::string MatchReportJson(const MatchReport& report, const FlowDb& db);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_MATCH_REPORT_H_
