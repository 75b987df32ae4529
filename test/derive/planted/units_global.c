// CATEGORY: units
// WHY: A global that the other file defines carries the input's number from here to there; the
// static variable of the same name here is another one. The program is this file and
// units_global.part.c.
// INPUT: \x01\x02
#include <stddef.h>
#include <stdint.h>

extern unsigned g_shared;
void UseShared(void);

static unsigned g_own;
static int g_rows[8];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  g_shared = data[0] * 256u + data[1];
  g_own = 3;
  UseShared();
  g_rows[g_own] = 1;  // MUST-NOT a index
  return 0;
}
