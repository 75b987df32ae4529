/* A custom mutator that does nothing: the honest baseline for whatever is compared with flowmon,
 * since any library changes AFL++'s random numbers once. */

#include <stddef.h>

void* afl_custom_init(void* afl, unsigned int seed) {
  (void)afl;
  (void)seed;
  static int nothing;
  return &nothing;
}

void afl_custom_deinit(void* data) { (void)data; }
