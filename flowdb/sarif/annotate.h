// Writes a SARIF log again with more in it: a property for results, and an extension of the tool.
// Everything else stays as it is, byte for byte.
//
// Knows nothing of what it inserts. Memory does not grow with the file.

#ifndef FLOWMON_FLOWDB_SARIF_ANNOTATE_H_
#define FLOWMON_FLOWDB_SARIF_ANNOTATE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace flowmon {

// The member of a result's property bag that is ours.
inline constexpr std::string_view kSarifPropertyName = "flowmon";

// Each result gets the JSON object that `properties_of` returns as the member "flowmon" of its
// property bag, which is made if there is none; one that is there, of an earlier call, is replaced,
// or removed if nothing is returned. Called once for each result in the order of the file, with the
// indexes of run and result. Each run's tool gets `extension_json`, an object with a "name", as
// its last extension, or in the place of one of the same name; nothing if it is empty. A run
// without a tool (which SARIF requires) gets none.
//
// `out` may be `in`. It is replaced in the end, if everything went well, and else as it was.
// Errors: those of reading and writing; a file that is not JSON, with its line. `extension_json`
// and what is returned must be JSON.
using SarifPropertiesOf = std::function<std::optional<std::string>(uint32_t run, uint32_t result)>;
absl::Status AnnotateSarif(const std::string& in, const std::string& out,
                           std::string_view extension_json, const SarifPropertiesOf& properties_of);
// The same for a text; `name` is for messages.
absl::StatusOr<std::string> AnnotateSarifText(std::string_view text, std::string_view name,
                                              std::string_view extension_json,
                                              const SarifPropertiesOf& properties_of);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_ANNOTATE_H_
