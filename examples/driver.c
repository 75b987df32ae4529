/* main() for any LLVMFuzzerTestOneInput: under afl-fuzz, and by hand.
 *
 *     target FILE...   runs each file once
 *     target           runs standard input once; under afl-fuzz, the fuzzer's inputs
 *
 * Built by an AFL++ compiler (flow-cc's default) it is persistent: one process runs many inputs,
 * which come through shared memory. With -DDRIVER_FORK, or built by any other compiler, every
 * process runs one input, from standard input or from the file that afl-fuzz puts in place of @@.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__AFL_COMPILER) && !defined(DRIVER_FORK)
#include <unistd.h>
#define DRIVER_PERSISTENT 1
__AFL_FUZZ_INIT();
#endif

/* After this many inputs a persistent process is replaced: leaks and stale state end with it. */
#define INPUTS_PER_PROCESS 10000

#ifdef __cplusplus
extern "C"
#endif
    int
    LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static void fail(const char* what, const char* name) {
  fprintf(stderr, "%s %s: %s\n", what, name, strerror(errno));
  exit(2);
}

static void run_stream(FILE* stream, const char* name) {
  size_t size = 0;
  size_t capacity = 1 << 16;
  uint8_t* data = (uint8_t*)malloc(capacity);
  while (data != NULL) {
    size += fread(data + size, 1, capacity - size, stream);
    if (size < capacity) break;
    uint8_t* larger = (uint8_t*)realloc(data, capacity *= 2);
    if (larger == NULL) fail("no memory for", name);
    data = larger;
  }
  if (data == NULL) fail("no memory for", name);
  if (ferror(stream)) fail("cannot read", name);
  LLVMFuzzerTestOneInput(data, size);
  free(data);
}

static void run_file(const char* name) {
  FILE* file = fopen(name, "rb");
  if (file == NULL) fail("cannot open", name);
  run_stream(file, name);
  fclose(file);
}

int main(int argc, char** argv) {
#ifdef DRIVER_PERSISTENT
  /* With AFL++'s shared memory at hand the input is there, whatever the command line says. */
  if (argc < 2 || getenv("__AFL_SHM_FUZZ_ID") != NULL) {
    const uint8_t* data = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(INPUTS_PER_PROCESS)) {
      LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    }
    return 0;
  }
#endif
  if (argc < 2) run_stream(stdin, "standard input");
  for (int i = 1; i < argc; ++i) run_file(argv[i]);
  return 0;
}
