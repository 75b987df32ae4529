/* The session lane: one region, created by the plugin and shared by all processes of its target.
 * Layout and protocol: flow_shm.h.
 *
 * The process that runs the input (a forkserver's child, or the whole target without one) belongs
 * to whatever run is under way: a persistent loop goes from one to the next. Its own children
 * belong to the run in which they were forked, and programs to the one in which they were executed;
 * when that is over, all that they report is counted as late. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow_process.h"
#include "flowmon.h"

static struct flow_event* events;
static uint64_t* first_hits;
static uint8_t* counters;
static uint32_t max_events;
static uint32_t map_size;

/* Of a process that the run's root (or one of its children) forked, or of a program that was
 * executed during the run; 0 in the root itself. */
#define BETWEEN_RUNS 2u /* even: never under way */
static uint32_t own_run;
static uint32_t own_pid;
static int is_registered;

static uint32_t Run(uint64_t word) { return (uint32_t)(word >> 32); }
static uint64_t Load(const uint64_t* word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }

static void CountTo(uint32_t* counter) {
  if (__atomic_load_n(counter, __ATOMIC_RELAXED) < UINT32_MAX - 65536)
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* At a multiple of the window, so that one fault maps all of it. */
static void* MapAligned(int fd, size_t size) {
  char* reserved =
      mmap(NULL, size + FLOW_SESSION_WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED) return NULL;
  size_t skip = FLOW_SESSION_WINDOW - (uintptr_t)reserved % FLOW_SESSION_WINDOW;
  void* memory = mmap(reserved + skip, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
  munmap(reserved, memory == MAP_FAILED ? size + FLOW_SESSION_WINDOW : skip);
  return memory == MAP_FAILED ? NULL : memory;
}

/* Whether `fd` is what the plugin has put there, or another file of this process under its number.
 */
static int IsRegion(int fd, unsigned long long inode, struct stat* info) {
  return fd >= 0 && !fstat(fd, info) && (unsigned long long)info->st_ino == inode &&
         S_ISREG(info->st_mode) && (size_t)info->st_size >= sizeof(struct flow_session);
}

/* By the plugin's own descriptor, where this process (or who executed it) has closed all of its. */
static int OpenPluginsRegion(int fd) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)flow_process.plugin_pid, fd);
  return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static struct flow_session* MapRegion(int fd, unsigned long long inode, struct stat* info) {
  if (IsRegion(fd, inode, info)) return MapAligned(fd, (size_t)info->st_size);
  fd = OpenPluginsRegion(fd);
  struct flow_session* session =
      IsRegion(fd, inode, info) ? MapAligned(fd, (size_t)info->st_size) : NULL;
  if (fd >= 0) close(fd);
  return session;
}

int flow_session_attach(const char* setting) {
  char* end;
  int fd = (int)strtol(setting, &end, 10);
  if (*end != ':') return 0;
  unsigned long long inode = strtoull(end + 1, &end, 10);
  struct stat info;
  struct flow_session* session = *end ? NULL : MapRegion(fd, inode, &info);
  if (!session) return 0;
  if (session->magic != FLOW_SESSION_MAGIC || session->size != (uint64_t)info.st_size) {
    munmap(session, (size_t)info.st_size);
    return 0;
  }
  events = (struct flow_event*)((char*)session + session->events_offset);
  first_hits = (uint64_t*)((char*)session + session->first_hits_offset);
  counters = (uint8_t*)session + session->counters_offset;
  max_events = session->max_events;
  map_size = session->map_size;
  df_coverage_map = counters;
  df_coverage_size = map_size;
  flow_session = session;
  session->attached = 1;
  /* A program that was executed in the middle of a run is part of that run alone, unless it is the
   * run's own: it may outlive it. */
  if (!flow_process.is_forkserver && !(flow_process.flags & FLOW_EVENTS_RUN_ROOT) &&
      Run(Load(&session->run_events)))
    flow_session_enter_child(0);
  return 1;
}

void flow_session_enter_child(int is_root) {
  if (is_root) return;
  own_run = Run(Load(&flow_session->run_events));
  if (!own_run) own_run = BETWEEN_RUNS; /* forked before the first run: belongs to none, ever */
  own_pid = (uint32_t)getpid();
  is_registered = 0;
  /* Its hits must ask whose run it is: none of them takes the inlined way past us. */
  df_coverage_size = 0;
}

/* Whether this process belongs to the run of `word`. */
static int IsMine(uint64_t word) {
  uint32_t run = Run(word);
  return (run & 1) && (!own_run || own_run == run);
}

/* What runs before the first run (constructors, a deferred forkserver's start-up) belongs to none.
 */
static void CountLate(uint32_t* counter, uint64_t word) {
  if (Run(word)) CountTo(counter);
}

/* Writes this process down in the run's list, once. */
static void Register(uint64_t run_word) {
  uint32_t run = Run(run_word);
  if (!own_run) {
    if (Run(Load(&flow_session->run_root)) != run)
      __atomic_store_n(&flow_session->run_root, (uint64_t)run << 32 | (uint32_t)getpid(),
                       __ATOMIC_RELAXED);
    return;
  }
  if (is_registered) return;
  is_registered = 1;
  uint64_t index = __atomic_fetch_add(&flow_session->run_processes, 1, __ATOMIC_RELAXED);
  if (Run(index) == run && (uint32_t)index < FLOW_SESSION_MAX_PROCESSES)
    __atomic_store_n(&flow_session->processes[(uint32_t)index], (uint64_t)run << 32 | own_pid,
                     __ATOMIC_RELEASE);
}

/* Takes the next number in `word`, which counts events or hits, for this process's run. False if
 * the run is not (or no longer) ours: nothing has changed then. */
static int TakeNumber(uint64_t* word, uint64_t* taken) {
  uint64_t seen = Load(word);
  do {
    if (!IsMine(seen)) return 0;
    if ((uint32_t)seen == UINT32_MAX)
      break; /* full to the brim: no wrapping into the run's number */
  } while (
      !__atomic_compare_exchange_n(word, &seen, seen + 1, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  *taken = seen;
  return 1;
}

int flow_session_has_room(void) {
  uint64_t word = Load(&flow_session->run_events);
  if (FLOW_LIKELY((uint32_t)word < max_events && IsMine(word))) return 1;
  if (TakeNumber(&flow_session->run_events, &word))
    Register(word);
  else
    CountLate(&flow_session->late_events, word);
  return 0;
}

int flow_session_reserve(uint32_t type, struct flow_slot* slot) {
  uint64_t word = Load(&flow_session->run_events);
  if (!TakeNumber(&flow_session->run_events, &word)) {
    CountLate(&flow_session->late_events, word);
    return 0;
  }
  Register(word);
  if ((uint32_t)word >= max_events) return 0;
  slot->event = &events[(uint32_t)word];
  slot->type = type | Run(word) << 8;
  slot->pid = own_pid;
  return 1;
}

void flow_session_hit(uint32_t id) {
  uint64_t word = Load(&flow_session->run_hits);
  if (!IsMine(word)) {
    CountLate(&flow_session->late_hits, word);
    return;
  }
  Register(word);
  if (id >= map_size) {
    CountTo(&flow_session->uncounted);
    return;
  }
  uint8_t hits = __atomic_load_n(&counters[id], __ATOMIC_RELAXED);
  if (hits == 0 &&
      __atomic_compare_exchange_n(&counters[id], &hits, 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    uint64_t taken;
    if (TakeNumber(&flow_session->run_hits, &taken) && (uint32_t)taken < map_size)
      __atomic_store_n(&first_hits[(uint32_t)taken], (uint64_t)Run(taken) << 32 | id,
                       __ATOMIC_RELEASE);
  } else if (hits != UINT8_MAX) {
    __atomic_store_n(&counters[id], (uint8_t)(hits + 1), __ATOMIC_RELAXED);
  }
}
