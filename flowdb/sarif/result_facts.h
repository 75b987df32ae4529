// What a SARIF result says about itself: its rule, level, text and fingerprint, looked up in its
// run.

#ifndef FLOWMON_FLOWDB_SARIF_RESULT_FACTS_H_
#define FLOWMON_FLOWDB_SARIF_RESULT_FACTS_H_

#include <string>
#include <string_view>

#include "flowdb/sarif/sarif_log.h"

namespace flowmon {

struct ResultFacts {
  std::string rule;         // its id; empty if the result names none
  std::string level;        // "error", "warning", "note" or "none", the defaults filled in
  std::string message;      // one line of plain text
  std::string fingerprint;  // "key=value"; empty if there is none
};

ResultFacts FactsOf(const SarifRun& run, const SarifResult& result);

// With {0}, {1}, ... replaced by the arguments, and {{ and }} by a brace.
std::string FilledMessage(std::string_view text, const std::vector<std::string>& arguments);
// Without the targets of embedded links, "[text](target)", and in one line.
std::string PlainMessage(std::string_view text);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_RESULT_FACTS_H_
