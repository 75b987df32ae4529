// CATEGORY: arrays
// WHY: Numbers are put into a local array and one is taken out by a constant index; another array
// of the same type holds only constants.
// INPUT: abcdefgh
#include <stddef.h>
#include <stdint.h>

static int g_table[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 8) return 0;
  int numbers[4];
  int constants[4] = {3, 1, 4, 1};
  for (int i = 0; i < 4; ++i) {                        // MUST-NOT a loop-bound
    numbers[i] = data[2 * i] * 256 + data[2 * i + 1];  // MUST-NOT a index
  }
  g_table[numbers[2]] = 1;    // MUST a index
  g_table[constants[2]] = 1;  // MUST-NOT a index
  return 0;
}
