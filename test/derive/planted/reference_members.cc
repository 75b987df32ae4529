// CATEGORY: references
// WHY: An object refers to the caller's counter, which later gets a number of the input: what it
// does through the reference uses that. Its own member is a constant.
// INPUT: \x03\x00
#include <cstdint>
#include <cstring>

class Window {
 public:
  Window(const size_t& width, size_t height) : width_(width), height_(height) {}
  void Fill(char* to, const char* from) const {
    memcpy(to, from, width_);   // MUST a copy-size; MUST-NOT a copy
    memcpy(to, from, height_);  // MUST-NOT a copy-size, copy
  }

 private:
  const size_t& width_;
  size_t height_;
};

static char g_to[60000];
static const char kFrom[60000] = "text";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  size_t width = 1;
  Window window(width, 24);
  width = data[0] | size_t{data[1]} << 8;
  window.Fill(g_to, kFrom);
  return 0;
}
