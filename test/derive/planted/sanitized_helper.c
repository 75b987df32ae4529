// CATEGORY: sanitized
// WHY: A helper clamps what it is given to a limit and its result is allocated; the raw number is
// allocated, too. The clamped number bounds a loop, harmlessly.
// INPUT: \x40\x01\x00
#include <stdint.h>
#include <stdlib.h>

static size_t Clamp(size_t number, size_t limit) { return number < limit ? number : limit; }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  size_t number = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
  size_t clamped = Clamp(number, 64);
  char* small = malloc(clamped);  // MUST-NOT a allocation-size
  char* large = malloc(number);   // MUST a allocation-size
  int count = 0;
  for (size_t i = 0; i < clamped; ++i) {  // MUST-NOT a loop-bound
    count += small != NULL && large != NULL;
  }
  free(small);
  free(large);
  return count == 65;
}
