// The places of flows as tables show them.

#ifndef FLOWMON_TOOLS_FLOW_PLACES_H_
#define FLOWMON_TOOLS_FLOW_PLACES_H_

#include <cstdint>
#include <string>

#include "flowdb/flowdb.h"

namespace flowmon {

// With its slash, of all sources and sinks. Empty if paths are not absolute: those are short.
std::string CommonDirectory(const FlowDb& db);

// "file:line", without the first `directory_size` characters; "?" if there is no such location.
std::string Place(const FlowDb* db, LocationKind kind, uint32_t id, size_t directory_size = 0);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_FLOW_PLACES_H_
