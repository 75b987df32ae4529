/* Included before a target that is linked with the runtime of AFL++ 5.02c, whose compiler needs a
 * newer system than its runtime does: what that compiler defines, and what the C library lacks.
 * Under this runtime a persistent child sleeps between executions and is not stopped. */

#include <stdlib.h>
#include <unistd.h>

#define __AFL_FUZZ_INIT()                                                                          \
  int __afl_sharedmem_fuzzing = 1;                                                                 \
  extern unsigned int* __afl_fuzz_len;                                                             \
  extern unsigned char* __afl_fuzz_ptr;                                                            \
  int __afl_persistent_loop(unsigned int);                                                         \
  static const char* const persistent_marker __attribute__((used)) = "##SIG_AFL_PERSISTENT##";     \
  long __isoc23_strtol(const char* text, char** end, int base) { return strtol(text, end, base); } \
  unsigned long __isoc23_strtoul(const char* text, char** end, int base) {                         \
    return strtoul(text, end, base);                                                               \
  }
#define __AFL_FUZZ_TESTCASE_BUF __afl_fuzz_ptr
#define __AFL_FUZZ_TESTCASE_LEN (*__afl_fuzz_len)
#define __AFL_LOOP(count) __afl_persistent_loop(count)
