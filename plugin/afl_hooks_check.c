/* Compares our hooks with AFL++'s declarations, where its headers are found: nothing here runs. */

#include <afl-fuzz.h>

#include "afl_hooks.h"

#define SAME_TYPE(hook)                                                                      \
  _Static_assert(__builtin_types_compatible_p(__typeof__(((struct custom_mutator*)0)->hook), \
                                              __typeof__(&(hook))),                          \
                 #hook " does not have the type that AFL++ expects")

SAME_TYPE(afl_custom_init);
SAME_TYPE(afl_custom_post_process);
SAME_TYPE(afl_custom_post_run);
SAME_TYPE(afl_custom_deinit);
