// CATEGORY: dead-code
// WHY: A branch under a condition that is constant never runs; the same sink in the other branch
// does. Code after the return is gone.
// INPUT: \x01\x02
#include <stdint.h>
#include <stdlib.h>

enum { kDebug = 0 };

static int g_table[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned number = data[0] * 256u + data[1];
  if (kDebug) {
    g_table[number + 1] = 1;  // MUST-NOT a index
    free(malloc(number));     // MUST-NOT a allocation-size
  } else {
    g_table[number] = 1;  // MUST a index
  }
  const int level = 2;
  if (level > 3) {
    g_table[number + 2] = 1;  // MUST-NOT a index
  }
  return 0;
}
