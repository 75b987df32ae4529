// CATEGORY: program-inputs
// WHY: A helper reads until it has what it needs; a 16-bit number bounds a loop, which is what
// counts here. The retry loop is bounded by a constant.
// INPUT: \x40\x00
#include <stdint.h>
#include <unistd.h>

static volatile unsigned g_ticks;

static int ReadAll(unsigned char* to) {
  size_t have = 0;
  for (int attempt = 0; attempt < 10 && have < 2; ++attempt) {  // MAY a loop-bound
    ssize_t got = read(0, to + have, 2 - have);  // FLOW-SOURCE a; MAY a copy-size, index
    if (got <= 0) return 0;
    have += (size_t)got;
  }
  return have == 2;
}

int main(void) {
  unsigned char bytes[2] = {0, 0};
  if (!ReadAll(bytes)) return 1;
  unsigned count = bytes[0] | (unsigned)bytes[1] << 8;
  for (unsigned i = 0; i < count; ++i) {  // MUST a loop-bound
    g_ticks++;
  }
  for (unsigned i = 0; i < 5; ++i) {  // MUST-NOT a loop-bound
    g_ticks++;
  }
  return 0;
}
