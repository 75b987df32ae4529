// CATEGORY: memory-copies
// WHY: Structs are copied whole, by assignment out of an array and by memcpy; the divisor comes
// along. The other array of structs is constant.
// INPUT: \x01\x02\x03\x04
#include <stdint.h>
#include <string.h>

struct Ratio {
  int above;
  int below;
  int pad[8];
};

static volatile int g_result;
static const struct Ratio kRatios[2] = {{1, 2, {0}}, {3, 4, {0}}};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  struct Ratio ratios[2] = {{data[0], data[1], {0}}, {data[2], data[3], {0}}};
  struct Ratio assigned = ratios[1];  // MAY a copy
  struct Ratio copied;
  memcpy(&copied, &assigned, sizeof copied);  // MAY a copy; MUST-NOT a copy-size
  g_result = copied.above / copied.below;     // MUST a division
  struct Ratio constant = kRatios[1];
  g_result = constant.above / constant.below;  // MUST-NOT a division
  return 0;
}
