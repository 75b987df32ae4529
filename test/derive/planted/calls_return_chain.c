// CATEGORY: calls
// WHY: A number is returned through three functions; a sibling chain returns a constant through the
// same last function, which makes its caller matter.
// INPUT: \x01\x10
#include <stddef.h>
#include <stdint.h>

static int g_table[120000];
static int g_small[16];

static unsigned Identity(unsigned number) { return number; }

static unsigned ReadShort(const uint8_t* data) { return data[0] * 256u + data[1]; }

static unsigned Scaled(const uint8_t* data) { return Identity(ReadShort(data)) * 2; }

static unsigned Fixed(void) { return Identity(4); }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  g_table[Scaled(data)] = 1;  // MUST a index
  g_small[Fixed()] = 1;       // MUST-NOT a index
  return 0;
}
