// Which file a SARIF artifactLocation means: uris to paths, chains of uriBaseIds, run.artifacts.

#ifndef FLOWMON_FLOWDB_SARIF_ARTIFACT_PATH_H_
#define FLOWMON_FLOWDB_SARIF_ARTIFACT_PATH_H_

#include <string>
#include <string_view>

#include "flowdb/sarif/sarif_log.h"

namespace flowmon {

struct ArtifactPath {
  // As a .flowdb names the file: normalized; absolute if the log tells so, else relative.
  std::string name;
  // The part of it that was relative, empty if none was: what is looked for under --root.
  std::string relative;
  std::string problem;  // not empty: there is no path, and why
};

ArtifactPath ResolveArtifact(const SarifRun& run, const SarifArtifactLocation& location);

// "%20" to ' ', and so on; what is no escape is kept.
std::string PercentDecoded(std::string_view text);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_ARTIFACT_PATH_H_
