// CATEGORY: sanitized
// WHY: The first check is of another variable, the second one has the wrong direction: neither
// makes the access safe. The third does.
// INPUT: \x02\x05\x03\x01
#include <stddef.h>
#include <stdint.h>

static int g_table[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  unsigned first = data[0] * 256u + data[1];
  unsigned second = data[2] * 256u + data[3];
  if (first < 50000) {
    g_table[second] = 1;  // MUST a index
  }
  if (second < 16) return 0;
  g_table[second + 1] = 1;  // MUST a index
  if (first > 50000) return 0;
  g_table[first] = 1;  // MUST-NOT a index
  return 0;
}
