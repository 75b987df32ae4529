/* The session lane's part of a report, inline: it runs once per event and hit (flow_session.c has
 * the rest, and says who belongs to which run). */

#ifndef FLOWMON_RUNTIME_FLOW_SESSION_H_
#define FLOWMON_RUNTIME_FLOW_SESSION_H_

#include "flow_tally.h"

/* Of this process; the pointers lead into the region. */
struct flow_lane {
  struct flow_event* events;
  uint64_t* first_hits;
  uint8_t* counters;
  uint64_t* tallies;
  uint64_t* full;
  uint32_t max_events;
  uint32_t map_size;
  uint32_t max_events_per_id;
  uint32_t num_tallied_ids;
  /* Of a process that is not the root of its run; 0 in the root. */
  uint32_t own_run;
  uint32_t own_pid;
  int is_registered;
};
extern FLOW_HIDDEN struct flow_lane flow_lane;

FLOW_HIDDEN uint32_t flow_session_pid(void);

static inline uint32_t flow_run(uint64_t word) { return (uint32_t)(word >> 32); }

static inline void flow_count_to(uint32_t* counter) {
  if (__atomic_load_n(counter, __ATOMIC_RELAXED) < UINT32_MAX - 65536)
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Nobody else counts in this run: no other thread, no other process. */
static inline int flow_is_alone(uint32_t run) {
  return !flow_lane.own_run && flow_is_single_threaded() &&
         __atomic_load_n(&flow_session->shared_run, __ATOMIC_RELAXED) != run;
}

/* As flow_swap_word(). */
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

/* The first of two steps: whether an event is to be stored; and what the second one has to know. */
struct flow_admission {
  uint64_t run_events; /* as it was */
  uint8_t is_admitted;
  uint8_t is_alone;
};

/* Counts an event for which there is no room. */
FLOW_HIDDEN void flow_session_overflow(struct flow_admission admission);

/* Writes down that a tally has reached the limit. */
FLOW_HIDDEN void flow_session_list_full(uint32_t run, uint32_t tally);

/* Takes the next number in `word`, which counts events or hits and held *seen, of this process's
 * run; *seen is that number then. False if the run is no longer ours: nothing has changed. */
static inline int flow_take_number(uint64_t* word, uint64_t* seen, int is_alone) {
  /* Full to the brim: no wrapping into the run's number. */
  while ((uint32_t)*seen != UINT32_MAX && !flow_swap_word(word, seen, *seen + 1, is_alone))
    if (!flow_run_is_mine(*seen)) return 0;
  return 1;
}

static inline struct flow_admission flow_session_admit(uint32_t type, uint32_t id) {
  const uint64_t word = flow_load(&flow_session->run_events);
  const uint32_t run = flow_run(word);
  struct flow_admission admission = {.run_events = word};
  if (!flow_run_is_mine(word)) {
    flow_count_late(&flow_session->late_events, word);
    return admission;
  }
  admission.is_alone = (uint8_t)flow_is_alone(run);
  if (FLOW_LIKELY(id < flow_lane.num_tallied_ids)) {
    const uint32_t tally = FLOW_TALLY_OF(type, id);
    const uint32_t before =
        flow_count_report(&flow_lane.tallies[tally], (uint64_t)run << 32, admission.is_alone);
    if (before >= flow_lane.max_events_per_id) {
      flow_session_registered(run);
      return admission;
    }
    /* Before there is any excess that it tells of. */
    if (before + 1 == flow_lane.max_events_per_id) flow_session_list_full(run, tally);
  }
  if (FLOW_LIKELY((uint32_t)word < flow_lane.max_events))
    admission.is_admitted = 1;
  else
    flow_session_overflow(admission);
  return admission;
}

static inline void flow_session_reserve(const struct flow_admission* admission,
                                        struct flow_slot* slot) {
  uint64_t number = admission->run_events;
  slot->event = NULL;
  if (!flow_take_number(&flow_session->run_events, &number, admission->is_alone)) {
    flow_count_late(&flow_session->late_events, number);
    return;
  }
  flow_session_registered(flow_run(number));
  if ((uint32_t)number >= flow_lane.max_events) return;
  slot->event = &flow_lane.events[(uint32_t)number];
  slot->type |= flow_run(number) << 8;
  slot->pid = flow_lane.own_pid;
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
  const int is_alone = flow_is_alone(flow_run(word));
  if (hits == 0 && flow_swap_byte(counter, &hits, 1, is_alone)) {
    uint64_t taken = word;
    if (flow_take_number(&flow_session->run_hits, &taken, is_alone) &&
        (uint32_t)taken < flow_lane.map_size)
      __atomic_store_n(&flow_lane.first_hits[(uint32_t)taken], taken >> 32 << 32 | id,
                       __ATOMIC_RELEASE);
  } else if (hits != UINT8_MAX) {
    __atomic_store_n(counter, (uint8_t)(hits + 1), __ATOMIC_RELAXED);
  }
}

#endif /* FLOWMON_RUNTIME_FLOW_SESSION_H_ */
