// CATEGORY: function-pointers
// WHY: qsort of the C library calls back with pointers into an array of input bytes; the comparison
// looks them up in a table that is too small. The count of elements is constant.
// INPUT: \x03\x02\x01\x00
#include <stdint.h>
#include <stdlib.h>

static int g_weights[200];

static int Compare(const void* left, const void* right) {
  const uint32_t* first = left;
  const uint32_t* second = right;
  int a = g_weights[*first];   // MUST a index
  int b = g_weights[*second];  // MUST a index
  return a - b;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  uint32_t numbers[4];
  for (int i = 0; i < 4; ++i) {  // MUST-NOT a loop-bound
    numbers[i] = data[i];        // MUST-NOT a index
  }
  qsort(numbers, 4, sizeof numbers[0], Compare);
  return g_weights[7];  // MUST-NOT a index
}
