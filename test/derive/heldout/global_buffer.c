// CATEGORY: globals
// WHY: read() fills a global buffer; a length inside of it is the size of a copy. A second global
// buffer is never filled from outside.
// INPUT: \x08\x00abcdefgh
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static uint8_t g_input[4096];
static uint8_t g_defaults[4096] = {4, 0, 1};
static uint8_t g_output[60000];
static uint8_t g_origin[60000];

static size_t LengthOf(const uint8_t* message) { return message[0] | (size_t)message[1] << 8; }

int main(void) {
  if (read(0, g_input, sizeof g_input) < 2) return 1;  // FLOW-SOURCE a
  size_t length = LengthOf(g_input);
  memcpy(g_output, g_origin, length);  // MUST a copy-size; MUST-NOT a copy
  size_t other = g_defaults[0] | (size_t)g_defaults[1] << 8;
  memcpy(g_output, g_origin, other);  // MUST-NOT a copy-size, copy
  return 0;
}
