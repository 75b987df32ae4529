// CATEGORY: globals
// WHY: A global pointer keeps the input while other functions work; what is copied later is the
// input. The second global pointer always points at a constant.
// INPUT: 0123456789
#include <stdint.h>
#include <string.h>

static const uint8_t* g_current;
static size_t g_length;
static const uint8_t* g_banner = (const uint8_t*)"banner";
static uint8_t g_screen[8192];

static void Flush(void) {
  memcpy(g_screen, g_current, g_length);  // MUST a copy, copy-size
}

static void Greet(void) {
  memcpy(g_screen, g_banner, 6);  // MUST-NOT a copy, copy-size
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  g_current = data;
  g_length = size;
  Greet();
  Flush();
  g_current = NULL;
  return 0;
}
