// CATEGORY: arrays
// WHY: What an array holds is from the input. Where in it something is read or written, how much is
// copied over it and where a pointer through it ends are not.
// INPUT: abcdefgh
#include <string.h>
#include <unistd.h>

static volatile unsigned g_slot = 3;
static char g_bytes[64];
static char g_other[64];
static int g_cells[70000];
int g_seen;

int main(void) {
  unsigned slot = g_slot;
  if (read(0, g_bytes, sizeof g_bytes) < 8) return 0;  // FLOW-SOURCE a
  g_seen = g_bytes[slot];                              // MUST-NOT a index
  memcpy(g_other, g_bytes, slot);                      // MUST a copy; MUST-NOT a copy-size
  const char* end = g_bytes + slot;                    // MUST-NOT a index
  for (const char* at = g_bytes; at != end; ++at) {    // MUST-NOT a loop-bound
    g_seen ^= *at;
  }
  g_cells[g_bytes[0] * 256 + g_bytes[1]] = 1;  // MUST a index
  memcpy(g_bytes, "0123456789", slot);         // MUST-NOT a copy, copy-size
  return 0;
}
