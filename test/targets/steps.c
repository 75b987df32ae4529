/* A target whose every input byte is a step with a known effect, so that a test can say what an
 * execution must report. Instrumented by hand; the database is steps.flowdb. Built with
 * afl-clang-fast, in fork mode or, with -DPERSISTENT, as a persistent loop. Reads standard input.
 *
 *   s  source 1, data = the rest of the input      1 2 3  intermediate
 *   k  sink 1, data = the rest of the input        K      sink 2 with constant data
 *   o  1000 x source 1                             h      1000 x intermediate 1
 *   f  a child that reports sink 1, waited for     l      its child reports sink 1 after 20 ms
 *   c  abort()                                     t!     sleep for 10 s
 *   q  close all descriptors                       u      ids that no database has
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flowmon.h"

static void Child(const unsigned char* data, size_t size, int late) {
  pid_t pid = fork();
  if (pid == 0) {
    if (late) usleep(20000);
    FLOW_SINK(data, size, 1);
    _exit(0);
  }
  if (pid > 0 && !late) waitpid(pid, NULL, 0);
}

/* The truth about how often the target ran: one byte more in the file $STEPS_RUNS for each run. */
static void CountRun(void) {
  const char* path = getenv("STEPS_RUNS");
  int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (fd >= 0 && write(fd, ".", 1) != 1) abort();
  if (fd >= 0) close(fd);
}

static void Run(const unsigned char* data, size_t size) {
  CountRun();
  for (size_t i = 0; i < size; ++i) {
    const unsigned char* rest = data + i + 1;
    size_t rest_size = size - i - 1;
    // clang-format off
    switch (data[i]) {
      case 's': FLOW_SOURCE(rest, rest_size, 1); break;
      case 'k': FLOW_SINK(rest, rest_size, 1); break;
      case 'K': FLOW_SINK("const", 5, 2); break;
      case '1': FLOW_HIT(1); break;
      case '2': FLOW_HIT(2); break;
      case '3': FLOW_HIT(3); break;
      case 'o': for (int n = 0; n < 1000; ++n) FLOW_SOURCE(&n, sizeof(n), 1); break;
      case 'h': for (int n = 0; n < 1000; ++n) FLOW_HIT(1); break;
      case 'f': Child(rest, rest_size, 0); break;
      case 'l': Child(rest, rest_size, 1); break;
      case 'c': abort();
      case 't': if (rest_size > 0 && rest[0] == '!') sleep(10); break;
      case 'q':
        for (int fd = 0; fd < 190; ++fd) close(fd); /* AFL++'s own are above */
        break;
      case 'u': FLOW_SOURCE(NULL, 0, 4000000000u); FLOW_HIT(4000000000u); break;
      default: return;
    }
    // clang-format on
  }
}

#ifdef PERSISTENT
__AFL_FUZZ_INIT();
#endif

#ifdef EDGES
/* So many edges that AFL++ starts its forkserver a second time, with a larger map. */
static uint32_t edges[EDGES] __attribute__((section("__sancov_guards"), used));
#endif

int main(void) {
#ifdef PERSISTENT
  unsigned char* buffer = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(1000)) Run(buffer, (size_t)__AFL_FUZZ_TESTCASE_LEN);
#else
  static unsigned char buffer[4096];
  ssize_t size = read(0, buffer, sizeof(buffer));
  Run(buffer, size > 0 ? (size_t)size : 0);
#endif
  return 0;
}
