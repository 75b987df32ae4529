// Which step of a SARIF thread flow is the source, which the sink, and where one flow ends and the
// next begins: doc/SARIF.md, "Producers".

#ifndef FLOWMON_FLOWDB_SARIF_PICK_FLOW_H_
#define FLOWMON_FLOWDB_SARIF_PICK_FLOW_H_

#include <cstddef>
#include <span>
#include <vector>

#include "flowdb/sarif/sarif_log.h"

namespace flowmon {

// Some producers pack several flows into one threadFlow: the execution order starts again then.
// At least one part, unless there are no steps.
std::vector<std::span<const SarifStep>> SplitFlow(std::span<const SarifStep> steps);

struct FlowEnds {
  size_t source, sink;  // source < sink
};
// Requires two steps or more.
FlowEnds PickEnds(std::span<const SarifStep> steps);

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_SARIF_PICK_FLOW_H_
