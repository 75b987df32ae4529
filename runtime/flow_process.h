/* Internal to the runtime: who this process is and where it writes.
 *
 * Two lanes with one interface: the plugin's session region (flow_session.c) where it could be
 * mapped, two files per process (flow_files.c) otherwise. flow_runtime.c (events) and
 * df_cov_runtime.c (hits) call nothing else. A process that has nothing to write into goes on:
 * observing never fails a target. Layout and meaning of every field: flow_shm.h.
 *
 * All of it is safe in threads and signal handlers, and keeps errno. */

#ifndef FLOWMON_RUNTIME_FLOW_PROCESS_H_
#define FLOWMON_RUNTIME_FLOW_PROCESS_H_

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "flow_shm.h"

#define FLOW_HIDDEN __attribute__((visibility("hidden")))
#define FLOW_LIKELY(x) __builtin_expect(!!(x), 1)

/* Set by flow_instance_start(), before any other thread; then changed by fork handlers only. */
struct flow_process {
  const char* dir; /* of the files */
  uint32_t max_events;
  uint32_t map_size;
  uint32_t max_events_per_id; /* 0: no limit */
  uint32_t num_tallied_ids;
  uint32_t birth; /* flow_events_header.birth and .flags of this process */
  uint32_t flags;
  uint32_t databases;    /* of flow_events_header.flags */
  uint32_t clock;        /* enum flow_clock */
  int is_off;            /* records nothing */
  int is_forkserver;     /* what runs here belongs to no execution */
  const char* dir_owner; /* "/proc/<pid>" of whom `dir` may be made for; NULL if it must be there */
  pid_t plugin_pid;      /* 0 without the plugin; with it, nobody else has files in `dir` */
};
extern FLOW_HIDDEN struct flow_process flow_process;

/* The mapped region, NULL in the lane of files. */
extern FLOW_HIDDEN struct flow_session* flow_session;

/* A slot that was reserved for an event. The caller fills it and stores `type` last. */
struct flow_slot {
  struct flow_event* event;
  uint32_t type; /* to be stored; the session's reserve adds the run */
  uint32_t pid;  /* for event->reserved */
};

/* The time of an event, by the clock of the process's lane. The counter is read here and not by
 * libc: in a child of a forkserver, the first call of each library is a page fault. */
static inline uint64_t flow_now(void) {
#ifdef __x86_64__
  if (FLOW_LIKELY(flow_process.clock == FLOW_CLOCK_TSC)) {
    __builtin_ia32_lfence(); /* not before what the target did */
    return __builtin_ia32_rdtsc();
  }
#endif
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The two lanes. admit: whether the event is to be stored; if not, it has been counted as far as
 * anybody counts. To be asked before anything is done that costs time. reserve: no event if the
 * last slot was taken meanwhile; it has been counted. (The session's: flow_session.h.) */
FLOW_HIDDEN int flow_files_admit(uint32_t type, uint32_t id);
FLOW_HIDDEN struct flow_event* flow_files_reserve(void);
FLOW_HIDDEN void flow_files_hit(uint32_t id);
FLOW_HIDDEN void flow_files_forget(void); /* in the child of a fork */

/* Maps the region that `setting` (FLOW_SESSION_ENV) names; false if it cannot. To be called when
 * flow_process says who this process is. */
FLOW_HIDDEN int flow_session_attach(const char* setting);
FLOW_HIDDEN void flow_session_share_run(void);   /* before a fork */
FLOW_HIDDEN void flow_session_enter_child(void); /* in the child of a fork */
FLOW_HIDDEN void flow_session_tell_database(uint64_t hash);
/* The process that runs the inputs begins a run. */
FLOW_HIDDEN void flow_session_mark_run(void);

#endif /* FLOWMON_RUNTIME_FLOW_PROCESS_H_ */
