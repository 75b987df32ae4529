// CATEGORY: recursion
// WHY: Two functions call each other and hand a number on, doubled; it ends as an index. The number
// of the call is a second argument and only a constant bounds it.
// INPUT: \x03
#include <stddef.h>
#include <stdint.h>

static int g_cells[4000];
static int g_calls[16];

static void Odd(unsigned number, int call);

static void Even(unsigned number, int call) {
  if (call == 8) {
    g_cells[number] = 1;  // MUST a index
    return;
  }
  Odd(number * 2, call + 1);
}

static void Odd(unsigned number, int call) {
  g_calls[call] = 1;  // MUST-NOT a index
  Even(number + 1, call + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 1) return 0;
  Even(data[0], 0);
  return 0;
}
