// CATEGORY: units
// WHY: Both files have a static function Store of the same type. This one gets a constant, that one
// a number of the input. The program is this file and units_static_names.part.c.
// INPUT: \x01\x02
#include <stddef.h>
#include <stdint.h>

void StoreFar(unsigned number);

static int g_near[16];

static void Store(unsigned number) { g_near[number] = 1; }  // MUST-NOT a index

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  Store(3);
  StoreFar(data[0] * 256u + data[1]);
  return 0;
}
