// CATEGORY: sanitized
// WHY: An element is selected once and used twice: a check stands before the first use only. The
// other element is used only behind its check.
// INPUT: \x04\x05\x00\x00
#include <stddef.h>
#include <stdint.h>

struct entry {
  int count;
  int last;
};
static struct entry table[10];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  size_t number = data[0];
  struct entry* entry = &table[number];  // MUST a index
  int sum = 0;
  if (number < 10) sum = entry->count;
  entry->last = sum + 1;
  size_t other = data[1];
  struct entry* checked = &table[other];  // MUST-NOT a index
  if (other < 10) sum += checked->count;
  if (other < 10 && size > 3) checked->last = 1;
  return sum == 77;
}
