// CATEGORY: calls
// WHY: The same helper copies the input in one call and a constant text in the other; both callers
// pass a destination. What is done with the second destination is harmless.
// INPUT: \x09\x01
#include <stddef.h>
#include <stdint.h>

static int g_table[60000];

static void Move(unsigned* to, const unsigned* from) { *to = *from; }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned read = data[0] * 256u + data[1];
  unsigned constant = 77;
  unsigned first;
  unsigned second;
  Move(&first, &read);
  Move(&second, &constant);
  g_table[first] = 1;   // MUST a index
  g_table[second] = 1;  // MUST-NOT a index
  return 0;
}
