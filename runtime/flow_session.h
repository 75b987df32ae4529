/* The session lane's part of a report, inline: it runs once per event and hit (flow_session.c has
 * the rest, and says who belongs to which run). */

#ifndef FLOWMON_RUNTIME_FLOW_SESSION_H_
#define FLOWMON_RUNTIME_FLOW_SESSION_H_

#include "flow_process.h"

/* Of this process; the pointers lead into the region. */
struct flow_lane {
  struct flow_event* events;
  uint64_t* first_hits;
  uint8_t* counters;
  uint32_t max_events;
  uint32_t map_size;
  /* Of a process that is not the root of its run; 0 in the root. */
  uint32_t own_run;
  uint32_t own_pid;
  int is_registered;
};
extern FLOW_HIDDEN struct flow_lane flow_lane;

FLOW_HIDDEN uint32_t flow_session_pid(void);

/* glibc's: whether the process has had one thread only. */
extern char __libc_single_threaded __attribute__((weak));

static inline uint32_t flow_run(uint64_t word) { return (uint32_t)(word >> 32); }
static inline uint64_t flow_load(const uint64_t* word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void flow_count_to(uint32_t* counter) {
  if (__atomic_load_n(counter, __ATOMIC_RELAXED) < UINT32_MAX - 65536)
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Nobody else counts in this run: no other thread, no other process. */
static inline int flow_is_alone(uint32_t run) {
  return !flow_lane.own_run && &__libc_single_threaded && __libc_single_threaded &&
         __atomic_load_n(&flow_session->shared_run, __ATOMIC_RELAXED) != run;
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
static inline int flow_swap_byte(uint8_t* byte, uint8_t* seen, uint8_t next, int is_alone) {
#ifdef __x86_64__
  if (FLOW_LIKELY(is_alone)) {
    uint8_t done;
    __asm__ volatile("cmpxchgb %3, %1"
                     : "=@ccz"(done), "+m"(*byte), "+a"(*seen)
                     : "q"(next)
                     : "memory");
    return done;
  }
#endif
  (void)is_alone;
  return __atomic_compare_exchange_n(byte, seen, next, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Whether this process belongs to the run of `word`. */
static inline int flow_run_is_mine(uint64_t word) {
  const uint32_t run = flow_run(word);
  return (run & 1) && (!flow_lane.own_run || flow_lane.own_run == run);
}

/* What runs before the first run (constructors, a deferred forkserver's start-up) belongs to none.
 */
static inline void flow_count_late(uint32_t* counter, uint64_t word) {
  if (flow_run(word)) flow_count_to(counter);
}

/* Writes this process down in the run's list. */
FLOW_HIDDEN void flow_session_register(uint32_t run);

static inline void flow_session_registered(uint32_t run) {
  const uint64_t root = flow_load(&flow_session->run_root);
  if (flow_lane.own_run ? !flow_lane.is_registered
                        : flow_run(root) != run || !((uint32_t)root & FLOW_ROOT_REPORTED))
    flow_session_register(run);
}

/* Takes the next number in `word`, which counts events or hits, for this process's run. False if
 * the run is not (or no longer) ours: nothing has changed then. */
static inline int flow_take_number(uint64_t* word, uint64_t* taken) {
  uint64_t seen = flow_load(word);
  const int is_alone = flow_is_alone(flow_run(seen));
  do {
    *taken = seen;
    if (!flow_run_is_mine(seen)) return 0;
    /* Full to the brim: no wrapping into the run's number. */
    if ((uint32_t)seen == UINT32_MAX) return 1;
  } while (!flow_swap_word(word, &seen, seen + 1, is_alone));
  return 1;
}

static inline int flow_session_has_room(void) {
  uint64_t word = flow_load(&flow_session->run_events);
  if (FLOW_LIKELY((uint32_t)word < flow_lane.max_events && flow_run_is_mine(word))) return 1;
  if (flow_take_number(&flow_session->run_events, &word))
    flow_session_registered(flow_run(word));
  else
    flow_count_late(&flow_session->late_events, word);
  return 0;
}

static inline int flow_session_reserve(uint32_t type, struct flow_slot* slot) {
  uint64_t word;
  if (!flow_take_number(&flow_session->run_events, &word)) {
    flow_count_late(&flow_session->late_events, word);
    return 0;
  }
  flow_session_registered(flow_run(word));
  if ((uint32_t)word >= flow_lane.max_events) return 0;
  slot->event = &flow_lane.events[(uint32_t)word];
  slot->type = type | flow_run(word) << 8;
  slot->pid = flow_lane.own_pid;
  return 1;
}

static inline void flow_session_hit(uint32_t id) {
  const uint64_t word = flow_load(&flow_session->run_hits);
  if (!flow_run_is_mine(word)) {
    flow_count_late(&flow_session->late_hits, word);
    return;
  }
  flow_session_registered(flow_run(word));
  if (id >= flow_lane.map_size) {
    flow_count_to(&flow_session->uncounted);
    return;
  }
  uint8_t* const counter = &flow_lane.counters[id];
  uint8_t hits = __atomic_load_n(counter, __ATOMIC_RELAXED);
  if (hits == 0 && flow_swap_byte(counter, &hits, 1, flow_is_alone(flow_run(word)))) {
    uint64_t taken;
    if (flow_take_number(&flow_session->run_hits, &taken) && (uint32_t)taken < flow_lane.map_size)
      __atomic_store_n(&flow_lane.first_hits[(uint32_t)taken], taken >> 32 << 32 | id,
                       __ATOMIC_RELEASE);
  } else if (hits != UINT8_MAX) {
    __atomic_store_n(counter, (uint8_t)(hits + 1), __ATOMIC_RELAXED);
  }
}

/* In whichever lane the process has: see flow_process.h. */
static inline int flow_has_room(void) {
  return FLOW_LIKELY(flow_session != NULL) ? flow_session_has_room() : flow_files_have_room();
}
static inline int flow_reserve(uint32_t type, struct flow_slot* slot) {
  return FLOW_LIKELY(flow_session != NULL) ? flow_session_reserve(type, slot)
                                           : flow_files_reserve(type, slot);
}

#endif /* FLOWMON_RUNTIME_FLOW_SESSION_H_ */
