// CATEGORY: exceptions
// WHY: A number is thrown and caught; the handler indexes with it. The second handler gets a
// constant.
// INPUT: \x01\x02
#include <cstddef>
#include <cstdint>

static int g_codes[60000];

struct Failure {
  uint32_t code;
};
struct Fixed {
  uint32_t code;
};

static void Check(const uint8_t* data) {
  uint32_t code = data[0] * 256u + data[1];
  if (code != 0) throw Failure{code};
}

static void CheckFixed(size_t size) {
  if (size > 1) throw Fixed{5};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  try {
    Check(data);
  } catch (const Failure& failure) {
    g_codes[failure.code] = 1;  // MUST a index
  }
  try {
    CheckFixed(size);
  } catch (const Fixed& fixed) {
    g_codes[fixed.code] = 1;  // MUST-NOT a index
  }
  return 0;
}
