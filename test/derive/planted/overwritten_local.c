// CATEGORY: overwritten
// WHY: A variable holds a number of the input and then a constant: the use in between is a flow,
// the use afterwards is not.
// INPUT: \x01\x02
#include <stddef.h>
#include <stdint.h>

static int g_table[60000];

static void Reset(unsigned* number) { *number = 5; }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned number = data[0] * 256u + data[1];
  g_table[number] = 1;  // MUST a index
  number = 4;
  g_table[number] = 1;  // MUST-NOT a index
  unsigned other = data[0] * 256u + data[1];
  Reset(&other);
  g_table[other] = 1;  // MUST-NOT a index
  return 0;
}
