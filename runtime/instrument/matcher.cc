#include "runtime/instrument/matcher.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "flowdb/path_match.h"
#include "runtime/instrument/match_location.h"
#include "runtime/instrument/source_tokens.h"

namespace flowmon {
namespace {

using FileLine = std::pair<uint32_t, uint32_t>;  // file of the database, line
using KindAndLocation = std::pair<LocationKind, const Location*>;

bool CanInstrument(const llvm::Function& function) {
  return !function.isDeclaration() && function.getSubprogram() != nullptr &&
         !function.hasAvailableExternallyLinkage() &&
         !function.hasFnAttribute(llvm::Attribute::Naked);
}

// The function as it is written: instances of a template share it.
std::pair<const llvm::DIFile*, uint32_t> WrittenAt(const llvm::Function& function) {
  return {function.getSubprogram()->getFile(), function.getSubprogram()->getLine()};
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
    for (const auto& [file, places] : PlacesOf(function)) {
      for (uint32_t db_file : DbFiles(file)) AddPlaces(function, *file, db_file, places);
    }
  }

  // A lambda or another function on the same line is not meant where some function matches better.
  ModuleMatches Finish() {
    ModuleMatches result;
    for (auto& [distance, match] : found_) {
      const Best& best = best_.at(match.location);
      if (distance == best.distance ||
          (match.exact && best.written_at == WrittenAt(*match.function))) {
        result.matches.push_back(std::move(match));
      }
    }
    result.units.assign(units_.begin(), units_.end());
    return result;
  }

 private:
  struct Best {
    Distance distance;
    std::pair<const llvm::DIFile*, uint32_t> written_at;
  };

  const std::vector<uint32_t>& DbFiles(const llvm::DIFile* file) {
    const auto [entry, is_new] = db_files_.try_emplace(file);
    if (is_new) {
      const std::string path = AbsolutePath(*file);
      entry->second = MatchFileNames(path, names_);
      if (!entry->second.empty()) units_.insert(path);
    }
    return entry->second;
  }

  // nullptr if it cannot be read.
  const SourceTokens* SourceOf(const llvm::DIFile& file) {
    const auto [entry, is_new] = sources_.try_emplace(AbsolutePath(file));
    if (is_new) {
      std::optional<std::string> text = SourceTokens::ReadText(entry->first);
      if (text.has_value()) entry->second = std::make_unique<SourceTokens>(*std::move(text));
    }
    return entry->second.get();
  }

  void AddPlaces(llvm::Function& function, const llvm::DIFile& file, uint32_t db_file,
                 const PlacesByLine& places) {
    const auto first = locations_.lower_bound({db_file, places.begin()->first});
    const auto end = locations_.upper_bound({db_file, places.rbegin()->first});
    for (auto line = first; line != end; ++line) {
      for (const auto& [kind, location] : line->second) {
        LocationPlaces found = MatchLocation(*location, places, SourceOf(file));
        if (found.places.empty()) continue;
        const auto [best, is_first] =
            best_.try_emplace(location, Best{found.distance, WrittenAt(function)});
        if (found.distance < best->second.distance) {
          best->second = {found.distance, WrittenAt(function)};
        }
        found_.push_back(
            {found.distance, Match{kind, location, &function, found.distance <= kEnclosing,
                                   std::move(found.places), found.is_expression}});
      }
    }
  }

  std::vector<std::string> names_;
  std::map<FileLine, std::vector<KindAndLocation>> locations_;
  absl::flat_hash_map<const llvm::DIFile*, std::vector<uint32_t>> db_files_;
  absl::flat_hash_map<std::string, std::unique_ptr<SourceTokens>> sources_;
  std::set<std::string> units_;
  std::vector<std::pair<Distance, Match>> found_;
  absl::flat_hash_map<const Location*, Best> best_;
};

}  // namespace

ModuleMatches MatchModule(llvm::Module& module, const FlowDb& db) {
  ModuleMatcher matcher(db);
  for (llvm::Function& function : module) {
    if (CanInstrument(function)) matcher.AddFunction(function);
  }
  return matcher.Finish();
}

}  // namespace flowmon
