/* A source, intermediates and a sink, for every compiler and mode, as C and as C++: a program, or
 * with -DFUZZER what a fuzzer's main() or another program calls. -DMAIN is that other program.
 * matrix.flowdb has the lines. */

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C"
#endif
    int
    LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#ifndef MAIN
static volatile char sum;
static char name[16];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    sum = (char)(sum + data[i]);
  }
  if (size < 4 || size > sizeof(name) || data[0] != 'f') return 0;
  if (memcmp(data, "flow", 4) != 0) return 0;
  sum = 0;
  memcpy(name, data, size);
  return 0;
}
#endif

#ifndef FUZZER
int main(void) {
  uint8_t input[64];
  const ssize_t size = read(0, input, sizeof(input));
  return LLVMFuzzerTestOneInput(input, size < 0 ? 0 : (size_t)size);
}
#endif
