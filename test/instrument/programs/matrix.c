/* A source, intermediates and a sink, for every compiler and mode, as C and as C++: a program, or
 * with -DFUZZER what a fuzzer's main() or another program calls. -DMAIN is that other program,
 * which with -DOPEN="x.so" opens that library beside it. matrix.flowdb has the lines. */

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
  uint32_t magic;
  if (size < sizeof(magic) || size > sizeof(name)) return 0;
  memcpy(&magic, data, sizeof(magic));
  if (magic != 0x776f6c66) return 0; /* "flow" */
  sum = 0;
  memcpy(name, data, size);
  return 0;
}
#endif

#ifndef FUZZER
#ifdef OPEN
#include <dlfcn.h>

static int Run(const uint8_t* data, size_t size) {
  int (*entry)(const uint8_t*, size_t) = NULL;
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);
  if (length <= 0) return 1;
  path[length] = 0;
  strcpy(strrchr(path, '/'), "/" OPEN);
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library) *(void**)&entry = dlsym(library, "LLVMFuzzerTestOneInput");
  if (!entry) return 1;
  entry(data, size);
  return dlclose(library);
}
#else
static int Run(const uint8_t* data, size_t size) { return LLVMFuzzerTestOneInput(data, size); }
#endif

int main(void) {
  uint8_t input[64];
  const ssize_t size = read(0, input, sizeof(input));
  return Run(input, size < 0 ? 0 : (size_t)size);
}
#endif
