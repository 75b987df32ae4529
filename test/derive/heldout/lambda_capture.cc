// CATEGORY: lambdas
// WHY: One lambda captures a number of the input by value, one a constant; a third captures by
// reference and is called after the number came.
// INPUT: \x02\x01
#include <cstddef>
#include <cstdint>

static int g_table[60000];
static volatile int g_result;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  size_t number = 0;
  size_t constant = 9;
  auto divide = [&number] {
    g_result = static_cast<int>(1000 / number);  // MUST a division
  };
  number = data[0] * 256u + data[1];
  auto mark = [number] {
    g_table[number] = 1;  // MUST a index
  };
  auto harmless = [constant] {
    g_table[constant] = 1;  // MUST-NOT a index
  };
  mark();
  harmless();
  divide();
  return 0;
}
