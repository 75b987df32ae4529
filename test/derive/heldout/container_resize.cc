// CATEGORY: containers
// WHY: A vector is resized to a number of the input, which allocates that much. Another one
// reserves a constant.
// INPUT: \x00\x01\x00
#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  size_t count = data[0] | size_t{data[1]} << 8 | size_t{data[2]} << 16;
  std::vector<uint8_t> items;
  std::vector<uint8_t> fixed;
  items.resize(count);  // MUST a allocation-size; MAY a copy-size, loop-bound
  fixed.reserve(100);   // MUST-NOT a allocation-size
  return items.capacity() + fixed.capacity() == 1;
}
