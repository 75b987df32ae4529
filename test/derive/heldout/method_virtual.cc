// CATEGORY: virtual-calls
// WHY: Two shapes behind a base class: both are called with a number of the input. One indexes with
// it, the other with a remainder of its table's size.
// INPUT: \x02\x03
#include <cstddef>
#include <cstdint>

static int g_cells[60000];

class Shape {
 public:
  virtual ~Shape() = default;
  virtual void Draw(uint32_t at) = 0;
};

class Line : public Shape {
 public:
  void Draw(uint32_t at) override { g_cells[at] = 1; }  // MUST a index
};

class Circle : public Shape {
 public:
  void Draw(uint32_t at) override { g_cells[at % 60000] = 2; }  // MUST-NOT a index
};

static void DrawBoth(Shape& first, Shape& second, uint32_t at) {
  first.Draw(at);
  second.Draw(at);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  Line line;
  Circle circle;
  DrawBoth(line, circle, data[0] * 256u + data[1]);
  return 0;
}
