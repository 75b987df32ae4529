// What is around the target: the environment, shared memory, the plugin and afl-fuzz.

#ifndef FLOWMON_TOOLS_DOCTOR_CHECK_SURROUNDINGS_H_
#define FLOWMON_TOOLS_DOCTOR_CHECK_SURROUNDINGS_H_

#include <cstdint>
#include <string>

#include "plugin/config.h"
#include "tools/doctor/check.h"

namespace flowmon::doctor {

// FLOW_SHM and DF_COVERAGE_MAP_SIZE; `map_size` is what the database needs.
void CheckEnvironment(uint32_t map_size, Checks& checks);

void CheckSharedMemory(const Config::SharedMemory& config, Checks& checks);

// AFL_CUSTOM_MUTATOR_LIBRARY. What it names is loaded, in a process of its own.
void CheckPlugin(Checks& checks);

// `path` of the command line; empty = afl-fuzz of PATH.
void CheckAflFuzz(const std::string& path, Checks& checks);

}  // namespace flowmon::doctor

#endif  // FLOWMON_TOOLS_DOCTOR_CHECK_SURROUNDINGS_H_
