/* The fastest target there is: it does nothing but report one source, one intermediate and one
 * sink. All that flowmon costs shows here, and nothing hides it. -DPERSISTENT: AFL++'s
 * shared-memory persistent mode. */

#include <unistd.h>

#include "flowmon.h"

#ifdef PERSISTENT
__AFL_FUZZ_INIT();
#endif

static void Run(const unsigned char* data, size_t size) {
  const size_t used = size < 8 ? size : 8;
  FLOW_SOURCE(data, used, 1);
  FLOW_HIT(1);
  FLOW_SINK(data, used, 1);
}

int main(void) {
#ifdef PERSISTENT
  unsigned char* buffer = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(100000)) Run(buffer, (size_t)__AFL_FUZZ_TESTCASE_LEN);
#else
  static unsigned char buffer[4096];
  const ssize_t size = read(0, buffer, sizeof(buffer));
  Run(buffer, size > 0 ? (size_t)size : 0);
#endif
  return 0;
}
