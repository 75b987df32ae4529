// CATEGORY: arrays
// WHY: An offset out of the input is added to a pointer which is dereferenced; the neighbouring
// pointer walks by constant steps.
// INPUT: \x05\x01zz
#include <stddef.h>
#include <stdint.h>

static uint8_t g_page[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  uint32_t offset = data[0] * 256u + data[1];
  *(g_page + offset) = 9;  // MUST a index
  uint8_t* cursor = g_page;
  int sum = 0;
  for (int i = 0; i < 10; ++i) {  // MUST-NOT a loop-bound
    cursor += 2;
    sum += *cursor;  // MUST-NOT a index
  }
  return sum == 5000;
}
