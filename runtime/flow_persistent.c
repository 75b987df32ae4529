/* AFL++'s persistent loop, marked in the session region: flow-cc links with
 * --wrap=__afl_persistent_loop, so that the observer knows of every round, also of one that reports
 * nothing. In an object file of its own, which only such a link takes out of the archive. */

#include "flow_instance.h"

/* Weak: an archive that is linked as a whole may meet no loop. */
int __real___afl_persistent_loop(unsigned int max) __attribute__((weak));
int __wrap___afl_persistent_loop(unsigned int max);

int __wrap___afl_persistent_loop(unsigned int max) {
  const int goes_on = __real___afl_persistent_loop(max);
  if (goes_on) flow_delegate ? flow_delegate->mark_run() : flow_instance_mark_run();
  return goes_on;
}
