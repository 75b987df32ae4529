// CATEGORY: function-pointers
// WHY: An allocator's functions are fields of a struct, as in many libraries; the size that reaches
// malloc comes from the input in one call and is constant in the release function's log.
// INPUT: \x40\x00
#include <stdint.h>
#include <stdlib.h>

struct Memory {
  void* (*allocate)(size_t bytes);
  void (*release)(void* block, int reason);
};

static int g_reasons[4];

static void* Allocate(size_t bytes) {
  return malloc(bytes);  // MUST a allocation-size
}

static void Release(void* block, int reason) {
  g_reasons[reason]++;  // MUST-NOT a index
  free(block);
}

static void Use(const struct Memory* memory, size_t bytes) {
  void* block = memory->allocate(bytes);
  memory->release(block, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Memory memory = {Allocate, Release};
  Use(&memory, data[0] | (size_t)data[1] << 8);
  return 0;
}
