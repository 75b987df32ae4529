// CATEGORY: direct
// WHY: A byte divides. In the second division it is divided, which is harmless; in the third it is
// the divisor of a remainder.
// INPUT: \x02\x05
#include <stddef.h>
#include <stdint.h>

static volatile int g_result;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  int first = data[0];
  int second = data[1];
  g_result = 1000 / first;  // MUST a division
  g_result = second / 3;    // MUST-NOT a division
  g_result = 77 % second;   // MUST a division
  return 0;
}
