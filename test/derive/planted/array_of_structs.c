// CATEGORY: arrays
// WHY: A table of records is filled from the input; the size in a record is used by a copy. The
// kind, which is set from the loop's counter, selects an element and is harmless.
// INPUT: \x01\x00\x02\x00\x03\x00
#include <stdint.h>
#include <string.h>

struct Chunk {
  unsigned length;
  unsigned kind;
};

static char g_to[60000];
static const char kFrom[60000] = "from";
static int g_kinds[3];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 6) return 0;
  struct Chunk chunks[3];
  for (unsigned i = 0; i < 3; ++i) {  // MUST-NOT a loop-bound
    chunks[i].length = data[2 * i] | (unsigned)data[2 * i + 1] << 8;
    chunks[i].kind = i;
  }
  for (unsigned i = 0; i < 3; ++i) {        // MUST-NOT a loop-bound
    memcpy(g_to, kFrom, chunks[i].length);  // MUST a copy-size; MUST-NOT a copy
    g_kinds[chunks[i].kind]++;              // MUST-NOT a index
  }
  return 0;
}
