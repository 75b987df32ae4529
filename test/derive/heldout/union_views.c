// CATEGORY: unions
// WHY: Bytes are written into a union and read as a number, which is an index; another union of the
// same type holds a constant.
// INPUT: \x01\x02\x00\x00
#include <stddef.h>
#include <stdint.h>

union Word {
  uint8_t bytes[4];
  uint32_t number;
};

static int g_table[1 << 20];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  union Word word;
  union Word other = {.number = 12};
  word.bytes[0] = data[0];
  word.bytes[1] = data[1];
  word.bytes[2] = data[2];
  word.bytes[3] = data[3];
  g_table[word.number] = 1;   // MUST a index
  g_table[other.number] = 1;  // MUST-NOT a index
  return 0;
}
