// CATEGORY: sanitized
// WHY: A divisor is checked for zero before the second division, but not before the first; adding
// one to a byte makes the third one safe as well.
// INPUT: \x02\x03
#include <stddef.h>
#include <stdint.h>

static volatile unsigned g_result;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned first = data[0];
  unsigned second = data[1];
  g_result = 100 / first;  // MUST a division
  if (second == 0) return 0;
  g_result = 100 / second;                   // MUST-NOT a division
  g_result = 100 / ((unsigned)data[0] + 1);  // MUST-NOT a division
  return 0;
}
