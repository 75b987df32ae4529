// CATEGORY: direct
// WHY: Two bytes of the input make an index. The other index is the number of an iteration.
// INPUT: \x03\x00abc
#include <stddef.h>
#include <stdint.h>

static int g_table[70000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned slot = data[0] | (unsigned)data[1] << 12;
  g_table[slot] = 1;  // MUST a index
  int sum = 0;
  for (int i = 0; i < 4; ++i) {  // MUST-NOT a loop-bound
    sum += g_table[i];           // MUST-NOT a index
  }
  return sum == 99;
}
