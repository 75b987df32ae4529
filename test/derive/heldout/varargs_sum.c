// CATEGORY: varargs
// WHY: A number goes through the variable arguments of a function of the program, is added up and
// becomes an index. The count of the arguments is a constant that bounds the loop.
// INPUT: \x02\x30
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static int g_table[60000];

static int Sum(int count, ...) {
  va_list arguments;
  int sum = 0;
  va_start(arguments, count);
  for (int i = 0; i < count; ++i) {  // MUST-NOT a loop-bound
    sum += va_arg(arguments, int);
  }
  va_end(arguments);
  return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  int total = Sum(3, 1, data[0] * 256 + data[1], 2);
  g_table[total] = 1;  // MUST a index
  return 0;
}
