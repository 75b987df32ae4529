// CATEGORY: direct
// WHY: A 16-bit number is multiplied and allocated; it bounds a loop, too. The second allocation
// has a constant size.
// INPUT: \x10\x00
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  size_t count = data[0] | (size_t)data[1] << 8;
  char* items = malloc(count * 24);  // MUST a allocation-size
  char* fixed = malloc(64);          // MUST-NOT a allocation-size
  int used = 0;
  for (size_t i = 0; i < count; ++i) {  // MUST a loop-bound
    used += items != NULL && fixed != NULL;
  }
  free(items);
  free(fixed);
  return used == 12345;
}
