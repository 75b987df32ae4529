// CATEGORY: sanitized
// WHY: The length is clamped to the buffer before the first copy, so only the bytes are of the
// input there. The second copy takes the length as it came.
// INPUT: some bytes
#include <stdint.h>
#include <string.h>

static uint8_t g_small[16];
static uint8_t g_large[1 << 20];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  size_t length = size;
  if (length > sizeof g_small) length = sizeof g_small;
  memcpy(g_small, data, length);  // MUST a copy; MUST-NOT a copy-size
  memcpy(g_large, data, size);    // MUST a copy, copy-size
  return 0;
}
