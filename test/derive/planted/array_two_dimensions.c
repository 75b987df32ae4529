// CATEGORY: arrays
// WHY: Row and column of a matrix: the row comes from the input unchecked, the column is constant.
// In the second access both are constants.
// INPUT: \x02\x00
#include <stddef.h>
#include <stdint.h>

static uint8_t g_matrix[65536][4];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  uint32_t row = data[0] | (uint32_t)data[1] << 10;
  g_matrix[row][3] = 7;        // MUST a index
  int value = g_matrix[1][2];  // MUST-NOT a index
  return value == 300;
}
