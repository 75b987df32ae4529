// CATEGORY: dead-code
// WHY: Functions that nobody calls have sinks, one even reads the same global. Only what the entry
// reaches counts.
// INPUT: \x01\x02
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned g_number;
static int g_table[60000];
static char g_to[60000];
static const char kFrom[60000] = "x";

void UnusedCopy(void) {
  memcpy(g_to, kFrom, g_number);  // MUST-NOT a copy-size, copy
}

void* UnusedAllocate(void) {
  return malloc(g_number);  // MUST-NOT a allocation-size
}

static void Use(void) {
  g_table[g_number] = 1;  // MUST a index
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  g_number = data[0] * 256u + data[1];
  Use();
  return 0;
}
