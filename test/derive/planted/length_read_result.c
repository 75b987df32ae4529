// CATEGORY: length-and-content
// WHY: How much read() delivered is handed to a copy into a smaller buffer. The bytes go along. A
// constant copy of the unrelated buffer has neither.
// INPUT: twelve bytes
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static uint8_t g_input[512];
static uint8_t g_small[64];
static uint8_t g_other[64];

int main(void) {
  ssize_t length = read(0, g_input, sizeof g_input);  // FLOW-SOURCE a
  if (length <= 0) return 1;
  memcpy(g_small, g_input, (size_t)length);  // MUST a copy, copy-size
  memcpy(g_other, "constant text", 14);      // MUST-NOT a copy, copy-size
  return g_other[1] == 1;                    // MUST-NOT a index
}
