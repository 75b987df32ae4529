// From a step of a SARIF log to a location of a .flowdb: which file, which line, which bytes of it.
//
// SARIF counts columns in characters and ends behind the last one; a .flowdb counts bytes and ends
// at it. doc/SARIF.md, "Places", has the rules.

#ifndef FLOWMON_FLOWDB_SARIF_PLACE_RESOLVER_H_
#define FLOWMON_FLOWDB_SARIF_PLACE_RESOLVER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "flowdb/flowdb.h"
#include "flowdb/sarif/artifact_path.h"
#include "flowdb/sarif/sarif_log.h"
#include "flowdb/sarif/source_cache.h"

namespace flowmon {

struct Place {
  std::string_view file;  // valid until the next Resolve() or StartRun()
  uint32_t line = 0;
  uint32_t col_start = 0, col_end = 0;  // as in Location
  // The columns are as SARIF counts them: the source line, which may have characters of several
  // bytes, was not at hand.
  bool columns_kept = false;
};

class PlaceResolver {
 public:
  // What relative names start at; empty: their source files are not read.
  explicit PlaceResolver(std::string root) : root_(std::move(root)) {}

  // `run` must stay valid until the next call.
  void StartRun(const SarifRun& run);
  // Returns what is wrong with the place, empty for nothing.
  std::string_view Resolve(const SarifStep& step, Place& place);

 private:
  struct File {
    ArtifactPath path;
    bool is_known_ascii = false;
    bool is_absent = false;  // there is no source to read
  };

  File& FindFile(const SarifArtifactLocation& location);
  // nullptr if it is not at hand. Valid until the next call.
  const SourceText* TextOf(File& file);
  std::string_view ResolveOffsets(File& file, const SarifRegion& region, Place& place);
  void SetColumns(File& file, const SarifRegion& region, Place& place);

  const std::string root_;
  const SarifRun* run_ = nullptr;
  absl::flat_hash_map<std::string, File> files_;  // of the run
  std::string key_;
  SourceCache sources_;
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_PLACE_RESOLVER_H_
