// CATEGORY: sanitized
// WHY: The same number is used three times: without a check, under a check that encloses the
// access, and after a check that returns.
// INPUT: \x01\x02
// INPUT: \x00\x05
#include <stddef.h>
#include <stdint.h>

static int g_first[60000];
static int g_second[100];
static int g_third[50000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned slot = data[0] * 256u + data[1];
  g_first[slot] = 1;  // MUST a index
  if (slot < 100) {
    g_second[slot] = 1;  // MUST-NOT a index
  }
  if (slot >= 50000) return 0;
  g_third[slot] = 1;  // MUST-NOT a index
  return 0;
}
