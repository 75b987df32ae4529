// CATEGORY: recursion
// WHY: A parser that calls itself for each nested element passes its position down and a length up;
// the depth counts from zero and is harmless.
// INPUT: ((\x05\x00
#include <stdint.h>
#include <string.h>

static char g_text[60000];
static const char kFill[60000] = "fill";
static int g_depths[65536];

static unsigned Parse(const uint8_t* at, const uint8_t* end, int depth) {
  if (end - at < 2) return 0;
  if (*at == '(' && depth < 100) {
    g_depths[depth] = 1;  // MUST-NOT a index
    return Parse(at + 1, end, depth + 1);
  }
  return at[0] | (unsigned)at[1] << 8;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  unsigned length = Parse(data, data + size, 0);
  memcpy(g_text, kFill, length);  // MUST a copy-size; MUST-NOT a copy
  return 0;
}
