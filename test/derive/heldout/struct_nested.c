// CATEGORY: struct-fields
// WHY: The number lies in a struct inside a struct, and its neighbour of the same type does not
// come from the input.
// INPUT: \x09\x01
#include <stddef.h>
#include <stdint.h>

struct Point {
  int x;
  int y;
};
struct Shape {
  struct Point origin;
  struct Point extent;
  int kind;
};

static int g_columns[60000];
static int g_rows[64];

static void Draw(const struct Shape* shape) {
  g_columns[shape->extent.x] = 1;  // MUST a index
  g_rows[shape->origin.y] = 1;     // MUST-NOT a index
  g_rows[shape->kind] = 1;         // MUST-NOT a index
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Shape shape = {{1, 2}, {0, 4}, 5};
  shape.extent.x = data[0] * 256 + data[1];
  Draw(&shape);
  return 0;
}
