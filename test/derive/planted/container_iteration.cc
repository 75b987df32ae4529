// CATEGORY: containers
// WHY: A range-based for loop goes over a vector of pairs; the second of each pair divides. The
// first is a running number.
// INPUT: \x01\x02\x03
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

static volatile unsigned g_result;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  std::vector<std::pair<unsigned, unsigned>> pairs;
  for (unsigned i = 0; i < 3; ++i) {     // MUST-NOT a loop-bound
    pairs.emplace_back(i + 1, data[i]);  // MUST-NOT a index
  }
  for (const auto& pair : pairs) {  // MUST-NOT a loop-bound
    g_result = 100 / pair.second;   // MUST a division
    g_result = 100 / pair.first;    // MUST-NOT a division
  }
  return 0;
}
