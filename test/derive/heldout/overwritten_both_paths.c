// CATEGORY: overwritten
// WHY: Where the two branches join, one left the input's number in the variable and one a constant:
// that is a flow. Where both branches set a constant, it is not.
// INPUT: \x01\x02
#include <stddef.h>
#include <stdint.h>

static int g_table[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned one = data[0] * 256u + data[1];
  unsigned both = one;
  if (data[0] == 9) {
    one = 3;
    both = 4;
  } else {
    both = 5;
  }
  g_table[one] = 1;   // MUST a index
  g_table[both] = 1;  // MUST-NOT a index
  return 0;
}
