// What is suspicious about a database that reads without trouble: see LintFlowDb().

#ifndef FLOWMON_FLOWDB_LINT_H_
#define FLOWMON_FLOWDB_LINT_H_

#include <string>
#include <vector>

#include "flowdb/flowdb.h"

namespace flowmon {

// One sentence each, in this order: locations that no flow uses; two locations of one kind at the
// same place; intermediate ids so sparse that the coverage map, which grows with the largest, is
// mostly empty; then by flow: no intermediates, an intermediate listed twice, the same source, sink
// and intermediates as an earlier flow. Empty when there is nothing to say.
std::vector<std::string> LintFlowDb(const FlowDb& db);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_LINT_H_
