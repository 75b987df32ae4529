// CATEGORY: references
// WHY: A number is put into a variable by reference and swapped with a constant. After the swap the
// other variable is the one of the input.
// INPUT: \x05\x04
#include <cstddef>
#include <cstdint>

static int g_table[60000];

static void Read(const uint8_t* data, uint32_t& number) { number = data[0] * 256u + data[1]; }

static void Swap(uint32_t& left, uint32_t& right) {
  uint32_t kept = left;
  left = right;
  right = kept;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  uint32_t first = 0;
  uint32_t second = 6;
  Read(data, first);
  Swap(first, second);
  g_table[second] = 1;  // MUST a index
  g_table[first] = 1;   // MUST-NOT a index
  return 0;
}
