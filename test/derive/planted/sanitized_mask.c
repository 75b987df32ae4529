// CATEGORY: sanitized
// WHY: A mask that clears the low bits rounds a number, and bounds nothing; one that clears the
// high bits does, on whichever side it stands.
// INPUT: \x21\x00\x00\x00
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t alignment = 16;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  uint32_t number;
  memcpy(&number, data, sizeof number);                           // MAY a copy
  char* rounded = malloc((number + 15U) & ~15U);                  // MUST a allocation-size
  char* aligned = malloc((number + alignment - 1) & -alignment);  // MUST a allocation-size
  char* small = malloc(number & 0xff);                            // MUST-NOT a allocation-size
  char* swapped = malloc(0xff & number);                          // MUST-NOT a allocation-size
  char* both = malloc(((number & 0xff) + 15U) & ~15U);            // MUST-NOT a allocation-size
  int count = (rounded != NULL) + (aligned != NULL) + (small != NULL) + (swapped != NULL);
  free(rounded);
  free(aligned);
  free(small);
  free(swapped);
  free(both);
  return count == 5;
}
