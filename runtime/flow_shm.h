/* The shared memory between an instrumented target and its observer: layouts and constants only.
 *
 * Portable protocol (doc/SHM.md): two files per process under /dev/shm (FLOW_SHM_DIR overrides),
 * mode 0600, little-endian, created together at the first event or hit of that process:
 *
 *     flow_events_<pid>   struct flow_events_header, max_events x struct flow_event, then tallies
 *     df_coverage_<pid>   struct flow_coverage_header, then map_size x uint8_t hits
 *
 * Ownership: the target creates and writes, the observer reads and removes. The target never blocks
 * and never waits. The observer must expect anything in this memory at any time: copy, check, use.
 *
 * Zero in a reserved field means "unknown", so any writer of the plain layout is read correctly.
 *
 * Included by C11 and C++; depends on <stdint.h> only. */

#ifndef FLOWMON_RUNTIME_FLOW_SHM_H_
#define FLOWMON_RUNTIME_FLOW_SHM_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define FLOW_SHM_ASSERT(condition) static_assert(condition, #condition)
#else
#define FLOW_SHM_ASSERT(condition) _Static_assert(condition, #condition)
#endif

#define FLOW_SHM_DEFAULT_DIR "/dev/shm"
#define FLOW_EVENTS_PREFIX "flow_events_"   /* + decimal pid */
#define FLOW_COVERAGE_PREFIX "df_coverage_" /* + decimal pid */

#define FLOW_DEFAULT_MAX_EVENTS 1024u
#define FLOW_LIMIT_MAX_EVENTS (1u << 24)
#define FLOW_DEFAULT_MAP_SIZE 65536u
#define FLOW_LIMIT_MAP_SIZE (1u << 28)
#define FLOW_DEFAULT_MAX_EVENTS_PER_ID 16u
#define FLOW_DEFAULT_TALLIED_IDS 4096u
#define FLOW_LIMIT_TALLIED_IDS (1u << 20)

/* Set in the target's environment by the plugin, to the pid of its host: somebody reads and removes
 * what the target writes. */
#define FLOW_PLUGIN_ENV "FLOWMON_PLUGIN"

/* The section of a program in which each object that flow-cc marked leaves the hash (xxHash64 of
 * the file) of its database: a uint64_t, unaligned. */
#define FLOW_DATABASE_SECTION flowmon_db

/* Below this share of free space nothing more is created. */
#define FLOW_MIN_FREE_PERCENT 25u

enum flow_event_type {
  FLOW_EVENT_NONE = 0, /* reserved, not (or not yet) written: a torn event */
  FLOW_EVENT_SOURCE = 1,
  FLOW_EVENT_SINK = 2,
};

/* flow_events_header.flags */
#define FLOW_EVENTS_BIRTH_KNOWN 1u /* `birth` is set */
#define FLOW_EVENTS_RUN_ROOT 2u    /* the process is a direct child of a forkserver */
#define FLOW_EVENTS_SEVERAL_DATABASES 4u
/* The upper 24 bits of the hash of the database that the process was built with; 0 = unknown. */
#define FLOW_EVENTS_DATABASE_MASK 0xffffff00u
#define FLOW_EVENTS_DATABASE(hash) ((uint32_t)((hash) >> 32) & FLOW_EVENTS_DATABASE_MASK)

struct flow_events_header {
  uint32_t num_events; /* reserved slots, atomically counted; goes on past max_events (the excess
                          was dropped), stops short of wrapping */
  uint32_t max_events; /* slots that follow the header */
  uint32_t birth;      /* when the process came to be: low 32 bits of monotonic ns >> 10 */
  uint32_t flags;      /* FLOW_EVENTS_*; 0 = unknown */
};

struct flow_event {
  uint32_t type;      /* enum flow_event_type, stored last */
  uint32_t id;        /* source or sink id of the .flowdb */
  uint64_t timestamp; /* CLOCK_MONOTONIC, ns */
  uint64_t data_hash; /* xxHash64, seed 0, of the data; see FLOW_MAX_HASHED */
  uint32_t data_size; /* bytes; saturates */
  uint32_t reserved;
};

/* Data is hashed as a whole up to FLOW_MAX_HASHED bytes. What is larger is sampled: the hash is
 * that of FLOW_SAMPLE_BLOCKS blocks of FLOW_SAMPLE_BLOCK bytes in a row, block i from byte i *
 * (size - FLOW_SAMPLE_BLOCK) / (FLOW_SAMPLE_BLOCKS - 1) on, so that the first one is the head and
 * the last one the tail, followed by the size as a little-endian uint64_t. */
#define FLOW_MAX_HASHED 65536u
#define FLOW_SAMPLE_BLOCKS 64u
#define FLOW_SAMPLE_BLOCK 1024u

/* Tallies: how often each source and each sink has been reported in the run, so that no more than
 * max_events_per_id events of one id are stored. They are uint64_t: the limit, then two for each
 * id, as many as there is room for; events of larger ids are stored without limit. A tally goes on
 * past the limit, and the excess was left out; it stops short of wrapping. No tallies: no limit. */
#define FLOW_TALLY_OF(type, id) (1u + 2u * (id) + ((type)-FLOW_EVENT_SOURCE))
#define FLOW_NUM_TALLIES(num_ids) (1u + 2u * (num_ids))
/* A tally is past the limit, and may be counted up without more ado by the only thread of the run,
 * if tally - limit < FLOW_TALLY_RANGE. (A session's tallies and its limit carry the run's number in
 * their upper halves: that of another run is out of range.) */
#define FLOW_TALLY_RANGE (UINT64_C(1) << 31)

struct flow_coverage_header {
  uint32_t map_size;  /* bytes that follow the header: one per intermediate id */
  uint32_t uncounted; /* hits without a counter: id not below map_size, or while another thread was
                         creating the files; saturates */
};

FLOW_SHM_ASSERT(sizeof(struct flow_events_header) == 16);
FLOW_SHM_ASSERT(offsetof(struct flow_events_header, max_events) == 4);
FLOW_SHM_ASSERT(offsetof(struct flow_events_header, birth) == 8);
FLOW_SHM_ASSERT(offsetof(struct flow_events_header, flags) == 12);
FLOW_SHM_ASSERT(sizeof(struct flow_event) == 32);
FLOW_SHM_ASSERT(offsetof(struct flow_event, id) == 4);
FLOW_SHM_ASSERT(offsetof(struct flow_event, timestamp) == 8);
FLOW_SHM_ASSERT(offsetof(struct flow_event, data_hash) == 16);
FLOW_SHM_ASSERT(offsetof(struct flow_event, data_size) == 24);
FLOW_SHM_ASSERT(sizeof(struct flow_coverage_header) == 8);

/* Session lane: one region per fuzzer instance, under the plugin (doc/SHM.md).
 *
 * The plugin creates a sealed memfd (no shrinking, no growing) before the target starts and hands
 * it down as FLOW_SESSION_ENV="<fd>:<inode>". The target maps it once, in the
 * forkserver's constructor; children inherit the mapping. It has no name, and nothing is left of it
 * when both are gone.
 *
 *     struct flow_session, then at its offsets:
 *     events      max_events x struct flow_event; type = enum flow_event_type | run << 8,
 *                 reserved = pid, 0 for the root process of the run
 *     first_hits  map_size x uint64_t: run << 32 | id, in the order in which ids were first hit
 *     counters    map_size x uint8_t
 *     tallies     FLOW_NUM_TALLIES(num_tallied_ids) x uint64_t: run << 32 | count. The first is the
 *                 limit; its count is UINT32_MAX where all reports must go to the runtime
 *     full        2 x num_tallied_ids x uint64_t: run << 32 | number of a tally that has reached
 * the limit, in the order in which they have
 *
 * `run` numbers the executions: odd while one is under way, even between two. Every word that is
 * counted up in a run carries the run's number in its upper half, so the plugin clears it by
 * storing one word, and nobody can count into a run that is not his. Only the plugin writes run
 * numbers and clears counters; only the target writes the rest.
 *
 * What a small run touches lies close together, in the first FLOW_SESSION_WINDOW bytes, and is read
 * before it is written: a read fault maps all pages of the window that were ever used, a write
 * fault a single one. */

#define FLOW_SESSION_ENV "FLOWMON_SESSION"
#define FLOW_SESSION_MAGIC 0x33304e4f4d574c46u /* "FLWMON03" */
#define FLOW_SESSION_WINDOW 65536u
#define FLOW_SESSION_MAX_PROCESSES 62u
#define FLOW_SESSION_FORKSERVERS 4u /* afl-fuzz has one, and one for cmplog */

/* What counts the timestamps of a session's events. */
enum flow_clock {
  FLOW_CLOCK_MONOTONIC = 0, /* CLOCK_MONOTONIC, ns */
  FLOW_CLOCK_TSC = 1,       /* the processor's time-stamp counter, converted by the observer */
};

/* In the lower half of run_root, above the pid: the root process has reported something. */
#define FLOW_ROOT_REPORTED 0x80000000u

struct flow_session {
  uint64_t magic;
  uint64_t size; /* of the region, bytes */
  uint32_t max_events;
  uint32_t map_size;
  uint64_t events_offset;
  uint64_t first_hits_offset;
  uint64_t counters_offset;
  uint32_t clock;    /* enum flow_clock */
  uint32_t attached; /* set by the target when it has mapped the region */
  uint32_t
      unmarked_runs; /* set by the target: it has runs that do not set run_root when they begin */
  uint32_t num_forkservers; /* that have mapped the region */

  uint64_t run_events;    /* run << 32 | num_events, as in flow_events_header */
  uint64_t run_hits;      /* run << 32 | ids in first_hits */
  uint64_t run_root;      /* run << 32 | FLOW_ROOT_REPORTED? | pid of the root process: marks the
                             run as soon as its process is there, or goes another round */
  uint64_t run_processes; /* run << 32 | other processes that have reported */
  uint32_t late_events;   /* by processes of an earlier run, or between runs; saturates */
  uint32_t late_hits;
  uint32_t uncounted;  /* as in flow_coverage_header */
  uint32_t shared_run; /* the last run that more than its root took part in, as far as is known */
  uint64_t run_full;   /* run << 32 | tallies in full */
  uint32_t max_events_per_id;
  uint32_t num_tallied_ids;                       /* 0: no limit */
  uint64_t processes[FLOW_SESSION_MAX_PROCESSES]; /* run << 32 | pid */
  uint64_t tallies_offset;
  uint64_t full_offset;
  uint32_t forkservers[FLOW_SESSION_FORKSERVERS]; /* pids of the last ones */
  /* Set by the target: the hash of the database that it was built with, the first of several, 0 if
   * unknown. */
  uint64_t database;
  uint32_t has_several_databases;
  uint32_t reserved;
};

FLOW_SHM_ASSERT(sizeof(struct flow_session) == 672);
FLOW_SHM_ASSERT(offsetof(struct flow_session, run_events) == 64);
FLOW_SHM_ASSERT(offsetof(struct flow_session, run_full) == 112);
FLOW_SHM_ASSERT(offsetof(struct flow_session, processes) == 128);
FLOW_SHM_ASSERT(offsetof(struct flow_session, tallies_offset) == 624);
FLOW_SHM_ASSERT(offsetof(struct flow_session, forkservers) == 640);
FLOW_SHM_ASSERT(offsetof(struct flow_session, database) == 656);

#endif /* FLOWMON_RUNTIME_FLOW_SHM_H_ */
