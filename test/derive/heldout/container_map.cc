// CATEGORY: containers
// WHY: A map keeps numbers under names: the value under "size" is of the input and is allocated,
// the value under "limit" of another map is a constant.
// INPUT: \x22\x01
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  std::map<std::string, size_t> fields;
  std::map<int, size_t> limits;
  fields["size"] = data[0] | size_t{data[1]} << 8;
  limits[1] = 64;
  void* block = malloc(fields["size"]);  // MUST a allocation-size
  void* fixed = malloc(limits[1]);       // MUST-NOT a allocation-size
  free(block);
  free(fixed);
  return 0;
}
