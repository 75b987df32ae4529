// CATEGORY: overwritten
// WHY: A field of a struct on the stack is set from the input, allocated, and set to a constant
// before the second allocation.
// INPUT: \x20\x00
#include <stdint.h>
#include <stdlib.h>

struct Plan {
  size_t bytes;
  int used;
};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Plan plan = {0, 0};
  plan.bytes = data[0] | (size_t)data[1] << 8;
  void* first = malloc(plan.bytes);  // MUST a allocation-size
  plan.used = first != NULL;
  plan.bytes = 48;
  void* second = malloc(plan.bytes);  // MUST-NOT a allocation-size
  plan.used += second != NULL;
  free(first);
  free(second);
  return plan.used == 9;
}
