// CATEGORY: calls
// WHY: A function gives its results through pointers: one is of the input, the other is a status
// that it sets itself.
// INPUT: \x30\x01\x00
#include <stdint.h>
#include <stdlib.h>

static int g_statuses[4];

static void ReadNumber(const uint8_t* data, size_t size, size_t* number, int* status) {
  if (size < 3) {
    *number = 0;
    *status = 1;
    return;
  }
  *number = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
  *status = 2;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  size_t number;
  int status;
  ReadNumber(data, size, &number, &status);
  void* block = malloc(number);  // MUST a allocation-size
  g_statuses[status] = 1;        // MUST-NOT a index
  free(block);
  return 0;
}
