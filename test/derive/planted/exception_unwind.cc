// CATEGORY: exceptions
// WHY: A number is stored in the caller's variable before the exception, which carries nothing.
// After it was caught the number is allocated; a variable of the handler is not.
// INPUT: \x10\x20\x00
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

static void Parse(const uint8_t* data, size_t& length) {
  length = data[0] | size_t{data[1]} << 8;
  if (data[2] == 0) throw std::runtime_error("short input");
  length = 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 3) return 0;
  size_t length = 0;
  size_t failures = 0;
  try {
    Parse(data, length);
  } catch (const std::runtime_error&) {
    failures = 1;
  }
  void* block = malloc(length);          // MUST a allocation-size
  void* marker = malloc(failures + 16);  // MUST-NOT a allocation-size
  free(block);
  free(marker);
  return 0;
}
