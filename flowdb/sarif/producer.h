// What is known of the habits of single producers of SARIF: doc/SARIF.md, "Producers".

#ifndef FLOWMON_FLOWDB_SARIF_PRODUCER_H_
#define FLOWMON_FLOWDB_SARIF_PRODUCER_H_

#include <string_view>

#include "absl/strings/match.h"
#include "flowdb/str_cat.h"

namespace flowmon {

// clang's analyser has no `kinds`; it tells where tainted data comes from in the step's message.
inline bool TellsOriginInMessages(std::string_view driver) {
  return absl::EqualsIgnoreCase(AbslView(driver), "clang");
}
inline bool IsTaintOriginMessage(std::string_view message) {
  return message == "Taint originated here";
}

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_PRODUCER_H_
