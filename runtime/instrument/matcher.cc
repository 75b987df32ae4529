#include "runtime/instrument/matcher.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "flowdb/path_match.h"

namespace flowmon {
namespace {

using Line = std::pair<uint32_t, uint32_t>;  // file of the database, line
using KindAndLocation = std::pair<LocationKind, const Location*>;

// Distances between a place and a location: inside the columns, the entry of a function declared
// there, then 1 + the columns between them, up to code without columns.
constexpr uint32_t kInside = 0;
constexpr uint32_t kAtEntry = 1;
constexpr uint32_t kFarthest = std::numeric_limits<uint32_t>::max();

std::string AbsolutePath(const llvm::DIFile& file) {
  const llvm::StringRef name = file.getFilename();
  if (!name.empty() && name.front() == '/') return NormalizePath(name.str());
  return NormalizePath(absl::StrCat(file.getDirectory().str(), "/", name.str()));
}

uint32_t Distance(const Place& place, const Location& location) {
  if (location.col_start == 0) return kInside;
  if (place.column == 0) return kFarthest;
  if (place.column < location.col_start) return kAtEntry + location.col_start - place.column;
  return place.column > location.col_end ? kAtEntry + place.column - location.col_end : kInside;
}

// A function's entry stands for everything on its line in front of the other places: the debug
// information gives no column for a function's name.
bool IsEntry(const Location& location, const std::vector<Place>& places) {
  if (places.front().kind != Place::Kind::kEntry || location.col_start == 0) return false;
  return std::all_of(places.begin() + 1, places.end(),
                     [&](const Place& place) { return place.column > location.col_end; });
}

// The places that are nearest to the location, and how near that is.
std::pair<uint32_t, std::vector<Place>> Nearest(const Location& location,
                                                const std::vector<Place>& places) {
  if (IsEntry(location, places)) return {kAtEntry, {places.front()}};
  uint32_t nearest = kFarthest;
  for (const Place& place : places) nearest = std::min(nearest, Distance(place, location));
  std::vector<Place> result;
  std::copy_if(places.begin(), places.end(), std::back_inserter(result),
               [&](const Place& place) { return Distance(place, location) == nearest; });
  return {nearest, std::move(result)};
}

llvm::Instruction* EntryPoint(llvm::Function& function) {
  for (llvm::Instruction& instruction : function.getEntryBlock()) {
    if (!llvm::isa<llvm::AllocaInst, llvm::DbgInfoIntrinsic>(instruction)) return &instruction;
  }
  return function.getEntryBlock().getTerminator();
}

bool CanInstrument(const llvm::Function& function) {
  return !function.isDeclaration() && function.getSubprogram() != nullptr &&
         !function.hasAvailableExternallyLinkage() &&
         !function.hasFnAttribute(llvm::Attribute::Naked);
}

bool IsMarker(const llvm::Instruction& instruction) {
  const auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return llvm::isa<llvm::DbgInfoIntrinsic>(instruction) ||
         (intrinsic != nullptr && intrinsic->isAssumeLikeIntrinsic());
}

class ModuleMatcher {
 public:
  explicit ModuleMatcher(const FlowDb& db) {
    for (uint32_t i = 0; i < db.num_files(); ++i) names_.emplace_back(db.file_name(i));
    for (LocationKind kind : kLocationKinds) {
      for (const Location& location : db.locations(kind)) {
        locations_[{location.file, location.line}].emplace_back(kind, &location);
      }
    }
  }

  void AddFunction(llvm::Function& function) {
    CollectPlaces(function);
    for (const auto& [line, places] : places_) {
      for (const auto& [kind, location] : locations_.at(line)) {
        auto [distance, nearest] = Nearest(*location, places);
        uint32_t& best = best_distance_.try_emplace(location, distance).first->second;
        best = std::min(best, distance);
        found_.push_back(
            {distance, Match{kind, location, &function, distance <= kAtEntry, std::move(nearest)}});
      }
    }
  }

  // A lambda or another function on the same line is not meant where some function matches better.
  ModuleMatches Finish() {
    ModuleMatches result;
    for (auto& [distance, match] : found_) {
      if (distance == best_distance_.at(match.location)) result.matches.push_back(std::move(match));
    }
    result.units.assign(units_.begin(), units_.end());
    return result;
  }

 private:
  const std::vector<uint32_t>& DbFiles(const llvm::DIFile* file) {
    const auto [entry, is_new] = db_files_.try_emplace(file);
    if (is_new) {
      const std::string path = AbsolutePath(*file);
      entry->second = MatchFileNames(path, names_);
      if (!entry->second.empty()) units_.insert(path);
    }
    return entry->second;
  }

  void AddPlace(const llvm::DIFile* file, uint32_t line, const Place& place) {
    if (file == nullptr || line == 0) return;
    for (uint32_t db_file : DbFiles(file)) {
      if (locations_.contains(Line{db_file, line})) places_[{db_file, line}].push_back(place);
    }
  }

  void CollectPlaces(llvm::Function& function) {
    places_.clear();
    const llvm::DISubprogram* subprogram = function.getSubprogram();
    AddPlace(subprogram->getFile(), subprogram->getLine(),
             {Place::Kind::kEntry, EntryPoint(function),
              llvm::DebugLoc(llvm::DILocation::get(function.getContext(), subprogram->getLine(), 0,
                                                   function.getSubprogram()))});
    for (llvm::BasicBlock& block : function) {
      for (llvm::Instruction& instruction : block) CollectPlacesAt(instruction);
    }
  }

  void CollectPlacesAt(llvm::Instruction& instruction) {
    ForEachDeclarationAt(instruction, [&](const Declaration& declaration) {
      const llvm::DILocation* loc = declaration.loc.get();
      if (loc == nullptr || declaration.next == nullptr) return;
      AddPlace(loc->getFile(), loc->getLine(),
               {Place::Kind::kDeclaration, declaration.next, declaration.loc, loc->getColumn(),
                declaration.address, declaration.variable});
    });
    const llvm::DILocation* loc = instruction.getDebugLoc().get();
    if (loc == nullptr || IsMarker(instruction)) return;
    AddPlace(loc->getFile(), loc->getLine(),
             {Place::Kind::kCode, &instruction, instruction.getDebugLoc(), loc->getColumn()});
  }

  std::vector<std::string> names_;
  absl::flat_hash_map<Line, std::vector<KindAndLocation>> locations_;
  absl::flat_hash_map<const llvm::DIFile*, std::vector<uint32_t>> db_files_;
  std::set<std::string> units_;
  // Of the function at hand; ordered, so that the same input always gives the same object.
  std::map<Line, std::vector<Place>> places_;
  std::vector<std::pair<uint32_t, Match>> found_;  // with the distance
  absl::flat_hash_map<const Location*, uint32_t> best_distance_;
};

}  // namespace

ModuleMatches MatchModule(llvm::Module& module, const FlowDb& db) {
  ModuleMatcher matcher(db);
  for (llvm::Function& function : module) {
    if (CanInstrument(function)) matcher.AddFunction(function);
  }
  return matcher.Finish();
}

std::string DescribePlace(const Place& place) {
  const std::string line =
      absl::StrCat(AbsolutePath(*place.loc->getFile()), ":", place.loc->getLine());
  return place.column == 0 ? line : absl::StrCat(line, ":", place.column);
}

}  // namespace flowmon
