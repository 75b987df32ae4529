// CATEGORY: sanitized
// WHY: The number is checked, but only after its first use; the use behind the check is safe. A
// copy is checked against the input's size, which does not help the destination.
// INPUT: \x03\x00\x00abc
#include <stdint.h>
#include <string.h>

static int g_table[1 << 23];
static uint8_t g_buffer[32];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  size_t number = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
  g_table[number] = 1;  // MUST a index
  if (number > size - 3) return 0;
  memcpy(g_buffer, data + 3, number);  // MUST a copy, copy-size
  if (number >= sizeof g_buffer) return 0;
  g_buffer[number] = 0;  // MUST-NOT a index
  return 0;
}
