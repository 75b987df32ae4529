// CATEGORY: globals
// WHY: One function puts a number into a global, another takes it as an index. The other global is
// set from a constant only.
// INPUT: \x06\x01
#include <stddef.h>
#include <stdint.h>

static unsigned g_position;
static unsigned g_mode;
static int g_cells[60000];

static void Read(const uint8_t* data) {
  g_position = data[0] * 256u + data[1];
  g_mode = 2;
}

static void Write(void) {
  g_cells[g_position] = 1;  // MUST a index
  g_cells[g_mode] = 1;      // MUST-NOT a index
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  Read(data);
  Write();
  return 0;
}
