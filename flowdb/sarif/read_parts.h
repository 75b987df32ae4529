// Takes the parts of a SARIF log that flowmon knows from a JsonReader: the objects behind the names
// of the SARIF 2.1.0 specification, each a function.
//
// Used by sarif_reader.cc. What has a wrong type is left out, and noted by the JsonReader.

#ifndef FLOWMON_FLOWDB_SARIF_READ_PARTS_H_
#define FLOWMON_FLOWDB_SARIF_READ_PARTS_H_

#include "flowdb/sarif/json_reader.h"
#include "flowdb/sarif/sarif_log.h"

namespace flowmon {

// Each is given the reader in front of the value.
void ReadArtifactLocation(JsonReader& json, SarifArtifactLocation& location);
void ReadStep(JsonReader& json, SarifStep& step, bool with_message);
void ReadTool(JsonReader& json, SarifRun& run);
void ReadArtifacts(JsonReader& json, SarifRun& run);
void ReadUriBases(JsonReader& json, SarifRun& run);
void ReadCachedSteps(JsonReader& json, SarifRun& run);
// Overwrites `result` but for its index.
void ReadResult(JsonReader& json, const SarifRun& run, SarifResult& result);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_READ_PARTS_H_
