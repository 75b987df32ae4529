// CATEGORY: unions
// WHY: A tagged union carries either a count of the input or a constant; the count is allocated.
// The constant's union is a separate object.
// INPUT: \x80\x00
#include <stdint.h>
#include <stdlib.h>

enum Tag { kCount, kText };
struct Variant {
  enum Tag tag;
  union {
    size_t count;
    const char* text;
  } value;
};

static void* Make(const struct Variant* variant) {
  if (variant->tag == kText) return NULL;
  return malloc(variant->value.count);  // MUST a allocation-size
}

static void* MakeDefault(const struct Variant* variant) {
  return malloc(variant->value.count);  // MUST-NOT a allocation-size
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Variant count = {kCount, {0}};
  struct Variant constant = {kCount, {32}};
  count.value.count = data[0] | (size_t)data[1] << 8;
  void* block = Make(&count);
  void* fixed = MakeDefault(&constant);
  free(block);
  free(fixed);
  return 0;
}
