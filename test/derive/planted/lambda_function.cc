// CATEGORY: lambdas
// WHY: A std::function holds a lambda that allocates as much as it is told; a second one ignores
// its argument. Both are called with a number of the input.
// INPUT: \x00\x20
#include <cstdint>
#include <cstdlib>
#include <functional>

static void* Call(const std::function<void*(size_t)>& allocate, size_t bytes) {
  return allocate(bytes);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  std::function<void*(size_t)> exact = [](size_t bytes) {
    return malloc(bytes);  // MUST a allocation-size
  };
  std::function<void*(size_t)> fixed = [](size_t) {
    return malloc(128);  // MUST-NOT a allocation-size
  };
  size_t bytes = data[0] | size_t{data[1]} << 8;
  void* first = Call(exact, bytes);
  void* second = Call(fixed, bytes);
  free(first);
  free(second);
  return 0;
}
