// CATEGORY: struct-fields
// WHY: A whole struct is assigned and passed by value; the field that is used keeps what was read.
// INPUT: \x07\x00\x00
#include <stdint.h>
#include <stdlib.h>

struct Request {
  unsigned count;
  unsigned flags;
  unsigned unit;
};

static void* Reserve(struct Request request) {
  return calloc(request.count, request.unit);  // MUST a allocation-size
}

static void* ReserveUnit(struct Request request) {
  return malloc(request.unit);  // MUST-NOT a allocation-size
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  struct Request first = {0, 0, 8};
  first.count = data[0] | (unsigned)data[1] << 8 | (unsigned)data[2] << 16;
  struct Request second = first;     // MAY a copy
  void* block = Reserve(second);     // MAY a copy
  void* unit = ReserveUnit(second);  // MAY a copy
  int done = block != NULL && unit != NULL;
  free(block);
  free(unit);
  return done == 2;
}
