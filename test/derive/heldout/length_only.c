// CATEGORY: length-and-content
// WHY: The input's size, but none of its bytes, is the size of a copy of constant bytes; a byte,
// but not the size, is in the second.
// INPUT: abcd
#include <stdint.h>
#include <string.h>

static char g_to[60000];
static const char kFrom[60000] = "constant";
static uint8_t g_bytes[8];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  memcpy(g_to, kFrom, size);  // MUST a copy-size; MUST-NOT a copy
  memcpy(g_bytes, data, 4);   // MAY a copy; MUST-NOT a copy-size
  return g_bytes[2] == 100;   // MUST-NOT a index
}
