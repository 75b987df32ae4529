// CATEGORY: memory-copies
// WHY: The input is copied into a local buffer, from there into another; a number read from the
// second one is an index. A number of a buffer that got a constant is not.
// INPUT: \x00\x01\x02\x03
#include <stdint.h>
#include <string.h>

static int g_table[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  uint8_t first[16];
  uint8_t second[16];
  uint8_t third[16];
  if (size < 4 || size > sizeof first) return 0;
  memcpy(first, data, size);             // MUST a copy; MUST-NOT a copy-size
  memmove(second, first, sizeof first);  // MAY a copy; MUST-NOT a copy-size
  memset(third, 7, sizeof third);
  g_table[second[2] * 256 + second[1]] = 1;  // MUST a index
  g_table[third[2] * 256 + third[1]] = 1;    // MUST-NOT a index
  return 0;
}
