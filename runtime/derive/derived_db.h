// Derived flows as a .flowdb, and as a summary for people.

#ifndef FLOWMON_RUNTIME_DERIVE_DERIVED_DB_H_
#define FLOWMON_RUNTIME_DERIVE_DERIVED_DB_H_

#include <cstddef>
#include <string>
#include <vector>

#include "flowdb/flowdb.h"
#include "runtime/derive/derive.h"

namespace flowmon {

// The first `max_flows` of them, with labels and metadata that tell that they are derived.
FlowDb MakeDerivedDb(const DerivedFlows& derived, size_t max_flows);

// Lines without an end: how many flows of which rules, and every bound that was met.
std::vector<std::string> SummarizeDerived(const DerivedFlows& derived, size_t max_flows);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_DERIVED_DB_H_
