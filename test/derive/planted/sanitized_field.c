// CATEGORY: sanitized
// WHY: Buffers within a struct are passed on as pointers. A byte fits the large one and exceeds the
// small one, although the struct has room for it.
// INPUT: \x05\x07\x02
#include <stdint.h>
#include <stdlib.h>

struct state {
  int used;
  uint8_t large[256];
  uint8_t small[16];
  uint8_t rest[300];
};
static struct state* state;

static void Put(uint8_t* to, unsigned at) {
  to[at] = 1;  // MUST a index
}

static void PutLarge(uint8_t* to, unsigned at) {
  to[at] = 1;  // MUST-NOT a index
}

static void PutFour(uint8_t* to, unsigned at) {
  to[at] = 1;  // MUST a index
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  if (state == NULL) state = calloc(1, sizeof *state);
  if (state == NULL) return 0;
  Put(state->small, data[0]);
  PutLarge(state->large, data[1]);
  PutFour(state->large + 4, data[2]);
  return state->used == 1;
}
