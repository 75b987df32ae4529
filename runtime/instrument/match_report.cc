#include "runtime/instrument/match_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "flowdb/path_match.h"

namespace flowmon {
namespace {

using KindAndId = std::pair<LocationKind, uint32_t>;

absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

std::string FileName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The source files of a program, as the names that the database has for them.
class FilesOfProgram {
 public:
  explicit FilesOfProgram(const FlowDb& db) {
    for (uint32_t i = 0; i < db.num_files(); ++i) names_.emplace_back(db.file_name(i));
    paths_.resize(names_.size());
  }

  void Add(const std::string& path) {
    if (!seen_.insert(path).second) return;
    for (uint32_t file : MatchFileNames(path, names_)) paths_[file].insert(path);
  }

  bool Contains(uint32_t file) const { return !paths_[file].empty(); }

  void WarnAmbiguous(std::vector<std::string>& warnings) const {
    for (size_t file = 0; file < paths_.size(); ++file) {
      if (paths_[file].size() < 2) continue;
      warnings.push_back(
          absl::StrCat(names_[file], " of the database stands for ", paths_[file].size(),
                       " files of the program (", absl::StrJoin(paths_[file], ", "),
                       "), and its locations were looked for in each: give it more of its path"));
    }
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::set<std::string>> paths_;  // by file of the database
  absl::flat_hash_set<std::string> seen_;
};

class ReportMaker {
 public:
  ReportMaker(const FlowDbFile& file, MatchReport& report)
      : file_(file), report_(report), files_(file.db), stale_files_(file.db) {
    for (LocationKind kind : kLocationKinds) {
      for (const Location& location : file.db.locations(kind)) {
        index_.emplace(KindAndId(kind, location.id), report.locations.size());
        LocationReport& added = report.locations.emplace_back();
        added.kind = kind;
        added.location = location;
      }
    }
  }

  void AddObject(const ObjectNotes& object) {
    const bool is_stale = object.db_hash != file_.content_hash;
    for (const std::string& unit : object.units) (is_stale ? stale_files_ : files_).Add(unit);
    if (is_stale) {
      ++num_stale_[object.db_path];
    } else {
      for (const MatchNote& note : object.matches) AddMatch(note);
    }
  }

  void Finish() {
    files_.WarnAmbiguous(report_.warnings);
    for (const auto& [path, count] : num_stale_) {
      report_.warnings.push_back(absl::StrCat(
          count, count == 1 ? " object was" : " objects were", " compiled with another database (",
          path, path == report_.db_path ? " before it changed" : "",
          "): its marks mean something else, compile again from scratch"));
    }
    for (LocationReport& location : report_.locations) FinishLocation(location);
    WarnOfUnmetLabels();
    for (size_t i = 0; i < file_.db.num_flows(); ++i) AddFlow(file_.db.flow(i));
  }

 private:
  void AddMatch(const MatchNote& note) {
    const auto at = index_.find({note.kind, note.id});
    if (at == index_.end()) return;  // the hash agrees, so only a forged note gets here
    LocationReport& location = report_.locations[at->second];
    const MatchStatus status = note.exact ? MatchStatus::kExact : MatchStatus::kApproximate;
    ++location.num_places;
    if (status >= location.status) return;
    location.status = status;
    location.what = note.what;
    location.where = note.place;
  }

  void FinishLocation(LocationReport& location) {
    const uint32_t file = location.location.file;
    report_.has_code = report_.has_code || files_.Contains(file) || stale_files_.Contains(file);
    if (location.status == MatchStatus::kExact) ++report_.num_exact;
    if (location.status == MatchStatus::kApproximate) ++report_.num_approximate;
    if (location.status != MatchStatus::kNotFound) return;
    location.reason = files_.Contains(file)         ? "no code at that line"
                      : stale_files_.Contains(file) ? "file compiled with another database"
                                                    : "file not in this program";
  }

  void WarnOfUnmetLabels() {
    size_t count = 0;
    std::string example;
    for (const LocationReport& location : report_.locations) {
      if (location.what.find(kUnmetLabel) == std::string::npos || ++count > 1) continue;
      example = absl::StrCat(AbslView(LocationKindName(location.kind)), " ", location.location.id,
                             ": ", location.what, " at ", location.where);
    }
    if (count == 0) return;
    report_.warnings.push_back(absl::StrCat(
        count, count == 1 ? " location has" : " locations have",
        " no such data as the label asks for, and the usual data is reported (", example, ")"));
  }

  void AddFlow(const Flow& flow) {
    FlowReport& result = report_.flows.emplace_back(FlowReport{flow.id, {}});
    const auto check = [&](LocationKind kind, uint32_t id) {
      if (report_.locations[index_.at({kind, id})].status == MatchStatus::kNotFound) {
        result.missing.emplace_back(kind, id);
      }
    };
    check(LocationKind::kSource, flow.source_id);
    for (uint32_t id : flow.intermediates) check(LocationKind::kIntermediate, id);
    check(LocationKind::kSink, flow.sink_id);
  }

  const FlowDbFile& file_;
  MatchReport& report_;
  FilesOfProgram files_;
  FilesOfProgram stale_files_;
  std::map<std::string, size_t> num_stale_;  // by the path of the other database
  absl::flat_hash_map<KindAndId, size_t> index_;
};

}  // namespace

MatchReport MakeMatchReport(const FlowDbFile& file, const std::string& db_path,
                            const std::string& program, const std::vector<ObjectNotes>& objects) {
  MatchReport report;
  report.db_path = db_path;
  report.db_hash = file.content_hash;
  report.program = program;
  ReportMaker maker(file, report);
  for (const ObjectNotes& object : objects) maker.AddObject(object);
  maker.Finish();
  return report;
}

std::vector<std::string> SummarizeMatchReport(const MatchReport& report, const FlowDb& db,
                                              size_t max_listed, const std::string& details) {
  const std::string subject = FileName(report.program);
  if (report.warnings.empty() && !report.has_code) {
    return {
        absl::StrCat(subject, ": no file of ", FileName(report.db_path), " is in this program")};
  }
  std::vector<std::string> lines = {
      absl::StrCat(subject, ": ", report.num_found(), " of ", report.locations.size(),
                   " locations of ", FileName(report.db_path), " instrumented (", report.num_exact,
                   " exact, ", report.num_approximate, " approximate)")};
  for (const std::string& warning : report.warnings) {
    lines.push_back(absl::StrCat("warning: ", warning));
  }
  size_t num_listed = 0;
  for (const LocationReport& location : report.locations) {
    if (location.status != MatchStatus::kNotFound) continue;
    if (++num_listed > max_listed) continue;
    lines.push_back(absl::StrCat("not found: ", AbslView(LocationKindName(location.kind)), " ",
                                 location.location.id, " at ", db.Describe(location.location), ": ",
                                 location.reason));
  }
  if (num_listed > max_listed) {
    lines.push_back(absl::StrCat("... and ", num_listed - max_listed, " more, see ", details));
  }
  return lines;
}

}  // namespace flowmon
