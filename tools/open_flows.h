// The flows of one execution that had begun and not ended: their source ran, their sink did not.

#ifndef FLOWMON_TOOLS_OPEN_FLOWS_H_
#define FLOWMON_TOOLS_OPEN_FLOWS_H_

#include <cstdint>
#include <vector>

#include "flowdb/flowdb.h"
#include "plugin/execution.h"

namespace flowmon {

struct OpenFlow {
  uint32_t id;
  uint32_t steps;  // distinct intermediates that were hit
  uint32_t of;     // distinct intermediates that it has
  friend bool operator==(const OpenFlow&, const OpenFlow&) = default;
};

// Those whose source has an event and whose sink has none after it; those with the least missing
// first, then by id. Takes as long as the database is large.
std::vector<OpenFlow> FindOpenFlows(const FlowDb& db, const Execution& execution);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_OPEN_FLOWS_H_
