/* A custom mutator of somebody else's, loaded beside flowmon: counts its hooks' calls in
 * $COUNTING_OUT. */

#include <stdio.h>
#include <stdlib.h>

static unsigned long post_process_calls, post_run_calls;

void* afl_custom_init(void* afl, unsigned int seed) {
  (void)afl;
  (void)seed;
  return &post_run_calls;
}

size_t afl_custom_post_process(void* data, unsigned char* buf, size_t size, unsigned char** out) {
  (void)data;
  ++post_process_calls;
  *out = buf;
  return size;
}

void afl_custom_post_run(void* data) {
  (void)data;
  ++post_run_calls;
}

void afl_custom_deinit(void* data) {
  (void)data;
  FILE* out = fopen(getenv("COUNTING_OUT"), "w");
  if (!out) return;
  fprintf(out, "post_process : %lu\npost_run : %lu\n", post_process_calls, post_run_calls);
  fclose(out);
}
