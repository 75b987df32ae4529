// CATEGORY: units
// WHY: A listener of this file is called by the parser of the other one with an offset of the
// input; its own constant is harmless. The program is this file and units_callback.part.cc.
// INPUT: \x01\x02
#include "units_callback.h"

static int g_marks[60000];

class Marker : public Listener {
 public:
  void OnOffset(size_t offset) override {
    g_marks[offset] = 1;      // MUST a index
    g_marks[constant_] += 1;  // MUST-NOT a index
  }

 private:
  size_t constant_ = 8;
};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  Marker marker;
  Parse(data, size, &marker);
  return 0;
}
