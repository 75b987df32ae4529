// CATEGORY: function-pointers
// WHY: One of two handlers is called through a constant table; the handler indexes with its
// argument.
// INPUT: \x01\x22
#include <stddef.h>
#include <stdint.h>

typedef void (*Handler)(unsigned value);

static int g_small[60000];
static int g_large[60000];

static void Small(unsigned value) { g_small[value] = 1; }  // MUST a index
static void Large(unsigned value) { g_large[value] = 1; }  // MUST a index

static const Handler kHandlers[2] = {Small, Large};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  unsigned value = data[0] * 256u + data[1];
  kHandlers[0](value);
  kHandlers[1](value + 1);
  return 0;
}
