// CATEGORY: calls
// WHY: A reader advances the caller's pointer, which is passed by address, and returns what it
// read. The amount by which it advances is constant.
// INPUT: \x01\x02\x03\x04
#include <stdint.h>
#include <string.h>

static char g_to[60000];
static const char kFrom[60000] = "abc";

static unsigned Take(const uint8_t** at) {
  unsigned number = (*at)[0] * 256u + (*at)[1];  // MUST-NOT a index
  *at += 2;
  return number;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  const uint8_t* at = data;
  unsigned ignored = Take(&at);
  unsigned length = Take(&at);
  memcpy(g_to, kFrom, length);               // MUST a copy-size; MUST-NOT a copy
  memcpy(g_to, kFrom, (size_t)(at - data));  // MUST-NOT a copy-size, copy
  return ignored == 60000;
}
