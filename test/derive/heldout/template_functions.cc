// CATEGORY: templates
// WHY: A function template reads numbers of two widths. That of two bytes is an index without a
// check, that of one byte fits the table by its type.
// INPUT: \x03\x01\x05
#include <cstddef>
#include <cstdint>

static int g_wide[65000];
static int g_narrow[256];

template <typename T>
T Read(const uint8_t*& at) {
  T number = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {             // MUST-NOT a loop-bound
    number = static_cast<T>(number | *at << (8 * i));  // MUST-NOT a index
    ++at;
  }
  return number;
}

template <typename T>
void Mark(int* table, T slot) {
  table[slot]++;  // MUST a index
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  const uint8_t* at = data;
  Mark(g_wide, Read<uint16_t>(at));
  g_narrow[Read<uint8_t>(at)] = 1;  // MUST-NOT a index
  return 0;
}
