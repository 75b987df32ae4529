// CATEGORY: templates
// WHY: A checked array as a class template: At clamps its index, Raw does not. Both get numbers of
// the input.
// INPUT: \x02\x01
#include <cstddef>
#include <cstdint>

template <typename T, size_t kSize>
class FixedArray {
 public:
  T& Raw(size_t index) { return items_[index]; }  // MUST a index
  T& At(size_t index) {
    if (index >= kSize) index = kSize - 1;
    return items_[index];  // MUST-NOT a index
  }

 private:
  T items_[kSize] = {};
};

static FixedArray<int, 60000> g_ints;
static FixedArray<char, 100> g_chars;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  size_t index = data[0] * 256u + data[1];
  g_ints.Raw(index) = 1;
  g_chars.At(index) = 1;
  return 0;
}
