/* Counting the reports of each id: the runtime's form of what the pass inlines (flow_shm.h,
 * "Tallies"). */

#ifndef FLOWMON_RUNTIME_FLOW_TALLY_H_
#define FLOWMON_RUNTIME_FLOW_TALLY_H_

#include "flow_process.h"

/* glibc's: whether the process has had one thread only. */
extern char __libc_single_threaded __attribute__((weak));

static inline int flow_is_single_threaded(void) {
  return &__libc_single_threaded && __libc_single_threaded;
}

static inline uint64_t flow_load(const uint64_t* word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* Compare-and-swap. Who is alone needs no bus lock for it, which is most of its cost; it is one
 * instruction all the same, for signal handlers. */
static inline int flow_swap_word(uint64_t* word, uint64_t* seen, uint64_t next, int is_alone) {
#ifdef __x86_64__
  if (FLOW_LIKELY(is_alone)) {
    uint8_t done;
    __asm__ volatile("cmpxchgq %3, %1"
                     : "=@ccz"(done), "+m"(*word), "+a"(*seen)
                     : "r"(next)
                     : "memory");
    return done;
  }
#endif
  (void)is_alone;
  return __atomic_compare_exchange_n(word, seen, next, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* The word before one was added; without the bus lock as above. */
static inline uint64_t flow_add_one(uint64_t* word, int is_alone) {
#ifdef __x86_64__
  if (FLOW_LIKELY(is_alone)) {
    uint64_t one = 1;
    __asm__ volatile("xaddq %0, %1" : "+r"(one), "+m"(*word) : : "memory");
    return one;
  }
#endif
  (void)is_alone;
  return __atomic_fetch_add(word, 1, __ATOMIC_RELAXED);
}

/* Counts a report; returns how many there were before it in the run, whose number is the upper half
 * of `run`. */
static inline uint32_t flow_count_report(uint64_t* tally, uint64_t run, int is_alone) {
  uint64_t seen = flow_load(tally);
  while (seen - run > UINT32_MAX) /* of another run */
    if (flow_swap_word(tally, &seen, run + 1, is_alone)) return 0;
  if ((uint32_t)seen > UINT32_MAX - 65536) return (uint32_t)seen; /* short of wrapping */
  return (uint32_t)flow_add_one(tally, is_alone);
}

#endif /* FLOWMON_RUNTIME_FLOW_TALLY_H_ */
