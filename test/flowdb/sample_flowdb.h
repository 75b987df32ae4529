// Databases for tests: big ones of known counts, random ones with awkward contents.

#ifndef FLOWMON_TEST_FLOWDB_SAMPLE_FLOWDB_H_
#define FLOWMON_TEST_FLOWDB_SAMPLE_FLOWDB_H_

#include <cstdint>
#include <random>
#include <string>

#include "flowdb/flowdb.h"

namespace flowmon {

struct BigFlowDbShape {
  uint32_t num_flows = 1000;  // ids 1 .. num_flows, FLOW lines first
  uint32_t intermediates_per_flow = 5;
  uint32_t num_sources = 100;  // location ids 1 .. num_*
  uint32_t num_sinks = 100;
  uint32_t num_intermediates = 1000;
};

// Well-formed text without anything to warn of; the same for the same shape.
std::string BigFlowDbText(const BigFlowDbShape& shape);

// Small, with sparse ids, flows that share locations, repeated intermediates, and names,
// descriptions and metadata of blanks, quotes, commas, line ends, NUL, backslashes and bytes that
// are not UTF-8.
FlowDb RandomFlowDb(std::mt19937& random);

// What a round trip must keep, as text that two databases can be compared by: everything but the
// numbering of the files.
std::string DumpFlowDb(const FlowDb& db);

}  // namespace flowmon

#endif  // FLOWMON_TEST_FLOWDB_SAMPLE_FLOWDB_H_
