// The second file of units_callback.cc.
#include "units_callback.h"

static volatile int g_result;

void Parse(const uint8_t* data, size_t size, Listener* listener) {
  if (size < 2) return;
  listener->OnOffset(data[0] * size_t{256} + data[1]);
  g_result = 100 / data[1];  // MUST a division
}
