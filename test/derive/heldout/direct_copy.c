// CATEGORY: direct
// WHY: The input and its length go straight into memcpy. The second copy has neither.
// INPUT: hello
#include <stdint.h>
#include <string.h>

static uint8_t g_buffer[4096];
static uint8_t g_zeros[16];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size == 0) return 0;
  memcpy(g_buffer, data, size);               // MUST a copy, copy-size
  memcpy(g_buffer, g_zeros, sizeof g_zeros);  // MUST-NOT a copy, copy-size
  return g_buffer[3] == 7;                    // MUST-NOT a index
}
