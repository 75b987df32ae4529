// CATEGORY: sanitized
// WHY: A hash table's slot is the hash modulo its constant size; the same without modulo is unsafe.
// The remainder's divisor is constant, too.
// INPUT: ab
#include <stddef.h>
#include <stdint.h>

static int g_slots[509];
static int g_all[50000];

static uint32_t Hash(const uint8_t* data) { return (data[0] * 31u + data[1]) * 7u; }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  uint32_t hash = Hash(data);
  g_slots[hash % 509] = 1;  // MUST-NOT a index, division
  g_all[hash] = 1;          // MUST a index
  return 0;
}
