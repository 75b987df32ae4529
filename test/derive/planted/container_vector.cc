// CATEGORY: containers
// WHY: Numbers are pushed into a vector and one is used as an index of another vector with
// operator[]. at() throws beyond the end, so it is no sink.
// INPUT: \x01\x02\x01\x01
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  static std::vector<int> table(60000);
  std::vector<uint32_t> numbers;
  numbers.push_back(data[0] * 256u + data[1]);
  numbers.push_back(data[2] * 256u + data[3]);
  table[numbers[1]] = 1;  // MUST a index
  try {
    table.at(numbers[0]) = 2;  // MUST-NOT a index
  } catch (const std::out_of_range&) {
    return 0;
  }
  table[4] = 3;  // MUST-NOT a index
  return 0;
}
