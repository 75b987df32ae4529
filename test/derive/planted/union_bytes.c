// CATEGORY: unions
// WHY: Numbers are read out of arrays of bytes and written into them, and one byte of many is then
// used. A number beside the array is left alone.
// INPUT: abcd\x01\x02\0\0ij
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static struct {
  uint8_t bytes[8];
  uint32_t fixed;
} g_out = {"", 5};
static int g_cells[60000];

int main(void) {
  uint8_t in[64];
  if (read(0, in, sizeof in) < 10) return 0;  // FLOW-SOURCE a
  uint32_t number;
  memcpy(&number, in + 4, sizeof number);  // MAY a copy
  g_cells[number] = 1;                     // MUST a index
  g_cells[number >> 8] = 1;                // MUST a index
  number <<= 8;
  memcpy(g_out.bytes, &number, sizeof number);  // MAY a copy
  g_cells[g_out.bytes[1] * 256] = 1;            // MUST a index
  g_cells[g_out.fixed] = 1;                     // MUST-NOT a index
  return 0;
}
