// Events of an execution as people and programs read them.

#ifndef FLOWMON_TOOLS_OBSERVED_EVENTS_H_
#define FLOWMON_TOOLS_OBSERVED_EVENTS_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "flowdb/flowdb.h"
#include "plugin/execution.h"

namespace flowmon {

// "+12.3 us  SINK 4  src/x.c:31  16 bytes"; times since `start` (of the execution's first event).
std::string DescribeEvent(const Event& event, uint64_t start, const FlowDb& db);

// ns, type, id, place, size.
nlohmann::ordered_json EventJson(const Event& event, uint64_t start, const FlowDb& db);

}  // namespace flowmon

#endif  // FLOWMON_TOOLS_OBSERVED_EVENTS_H_
