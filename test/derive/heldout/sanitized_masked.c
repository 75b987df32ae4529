// CATEGORY: sanitized
// WHY: A mask and a shift keep the index inside of the table; a mask that is larger than the table
// does not.
// INPUT: \x01\x02\x00\x00
#include <stddef.h>
#include <stdint.h>

static int g_table[256];
static int g_rows[16];
static int g_short[1000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  uint32_t word = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
  g_table[word & 0xff] = 1;      // MUST-NOT a index
  g_table[(uint8_t)word] = 1;    // MUST-NOT a index
  g_rows[(word & 0xff) >> 4]++;  // MUST-NOT a index
  g_short[word & 0xfff] = 1;     // MUST a index
  return 0;
}
