// CATEGORY: units
// WHY: The library of the other file gets the input through its functions: one allocates as told,
// one has a constant size. The program is this file and units_library.part.c.
// INPUT: \x01\x02
#include "units_library.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Pool* pool = PoolCreate(data[0] * 256u + data[1]);
  size_t used = PoolUsed(pool);
  PoolDestroy(pool);
  return used == 1000000;
}
