/* The functions that libflowmon.so exports to afl-fuzz, and the only ones. C, so that
 * afl_hooks_check.c can compare them with AFL++'s own declarations.
 *
 * AFL++ calls them from one thread, in this order: init, before the target starts; then
 * post_process before each execution and post_run after it (AFL++ 4.09c and later); deinit at the
 * end. `afl_state_t` stays opaque: its layout differs between versions and builds. No exception
 * leaves them. */

#ifndef FLOWMON_PLUGIN_AFL_HOOKS_H_
#define FLOWMON_PLUGIN_AFL_HOOKS_H_

#include <stddef.h>
#include <stdint.h>

#define FLOWMON_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct afl_state afl_state_t;

/* Ends the process with one sentence on stderr if flowmon is not configured right. */
FLOWMON_EXPORT void* afl_custom_init(afl_state_t* afl, unsigned int seed);
/* Gives back the input as it is: no copy. */
FLOWMON_EXPORT size_t afl_custom_post_process(void* data, uint8_t* buf, size_t buf_size,
                                              uint8_t** out_buf);
FLOWMON_EXPORT void afl_custom_post_run(void* data);
FLOWMON_EXPORT void afl_custom_deinit(void* data);

#ifdef __cplusplus
}
#endif

#endif /* FLOWMON_PLUGIN_AFL_HOOKS_H_ */
