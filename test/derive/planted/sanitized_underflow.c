// CATEGORY: sanitized
// WHY: A length is checked from above, then the length of a header is taken off: below it the
// difference is huge. Where it is checked from below, too, the difference is harmless.
// INPUT: \x06\x00\x00\x00\x06\x00\x00\x00abcdefgh
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 8) return 0;
  char* to = malloc(size);  // MUST a allocation-size
  if (to == NULL) return 0;
  uint32_t length;
  uint32_t other;
  memcpy(&length, data, sizeof length);             // MAY a copy
  memcpy(&other, data + 4, sizeof other);           // MAY a copy
  if (length <= 100) memcpy(to, data, length - 4);  // MUST a copy, copy-size
  if (other < 4 || other > 100) return 0;
  memcpy(to, data + 1, other - 4);            // MUST a copy; MUST-NOT a copy-size
  char* more = malloc((data[0] & 15U) - 4U);  // MUST a allocation-size
  int is_equal = more != NULL && to[0] == to[1];
  free(more);
  free(to);
  return is_equal;
}
