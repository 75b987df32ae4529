/* The session lane: one region, created by the plugin and shared by all processes of its target.
 * Layout and protocol: flow_shm.h.
 *
 * The root process of a run (a forkserver's child, or what the fuzzer starts without one) belongs
 * to whatever run is under way: a persistent loop goes from one to the next. All other processes
 * belong to the run in which they were forked or started; when that is over, what they report is
 * counted as late.
 *
 * A forkserver's child must cost as few page faults as it can. Hence: no variable of ours is
 * written in it but thread-local ones, which lie beside what the kernel writes in every new process
 * (the thread's id), and no function of a library is called. */

#define _GNU_SOURCE
#include "flow_session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "flow_instance.h"
#include "flowmon.h"

struct flow_lane flow_lane;

#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))
#define BETWEEN_RUNS 2u /* even: never under way */

THREAD_LOCAL int forks_roots;    /* the thread in which the forkserver runs */
THREAD_LOCAL uint32_t known_pid; /* 0: not asked yet */

uint32_t flow_session_pid(void) {
  if (known_pid) return known_pid;
#ifdef __x86_64__
  long pid = SYS_getpid;
  __asm__ volatile("syscall" : "+a"(pid) : : "rcx", "r11", "memory");
#else
  const long pid = getpid();
#endif
  return known_pid = (uint32_t)pid;
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

static int IsInside(uint64_t offset, uint64_t size, uint64_t region_size) {
  return offset % 8 == 0 && offset <= region_size && size <= region_size - offset;
}

/* A target may have overwritten the head of the region since the plugin made it, and may be at it:
 * `head` is a copy, and nothing else is used. */
static int IsSound(const struct flow_session* head, uint64_t size) {
  const uint64_t max_events = head->max_events, map_size = head->map_size;
  return head->magic == FLOW_SESSION_MAGIC && head->size == size &&
         IsInside(head->events_offset, max_events * sizeof(struct flow_event), size) &&
         IsInside(head->first_hits_offset, map_size * sizeof(uint64_t), size) &&
         IsInside(head->counters_offset, map_size, size) &&
         head->num_tallied_ids <= FLOW_LIMIT_TALLIED_IDS &&
         IsInside(head->tallies_offset, FLOW_NUM_TALLIES(head->num_tallied_ids) * sizeof(uint64_t),
                  size) &&
         IsInside(head->full_offset, 2 * sizeof(uint64_t) * head->num_tallied_ids, size) &&
         head->clock <= FLOW_CLOCK_TSC;
}

/* All reports of this process must ask whose run it is. */
static void LeaveInlinedWays(void) {
  df_coverage_size = 0;
  flow_tallies.num_ids = 0;
}

/* A process that was started, and not forked by one that has the region mapped. */
static void EnterStartedProcess(void) {
  if (flow_process.flags & FLOW_EVENTS_RUN_ROOT) {
    flow_session_mark_run();
    return;
  }
  const uint32_t run = flow_run(flow_load(&flow_session->run_events));
  /* A host without a forkserver: whether it is what the host runs, or something else, is not known.
   */
  if (getppid() == flow_process.plugin_pid) flow_session->unmarked_runs = 1;
  if (!run && !flow_process.plugin_pid) return; /* there is no run, but the process's own */
  /* It may outlive the run that it was started in; what was started before the first belongs to
   * none. */
  flow_lane.own_run = run ? run : BETWEEN_RUNS;
  flow_lane.own_pid = flow_session_pid();
  flow_session_share_run();
  LeaveInlinedWays();
}

extern int __wrap___afl_persistent_loop(unsigned int max) __attribute__((weak));

int flow_session_attach(const char* setting) {
  char* end;
  int fd = (int)strtol(setting, &end, 10);
  if (*end != ':') return 0;
  unsigned long long inode = strtoull(end + 1, &end, 10);
  struct stat info;
  struct flow_session* session = *end ? NULL : MapRegion(fd, inode, &info);
  if (!session) return 0;
  const struct flow_session head = *session;
  __atomic_signal_fence(__ATOMIC_SEQ_CST); /* or the compiler may read it again */
  if (!IsSound(&head, (uint64_t)info.st_size)) {
    munmap(session, (size_t)info.st_size);
    return 0;
  }
  flow_lane.events = (struct flow_event*)((char*)session + head.events_offset);
  flow_lane.first_hits = (uint64_t*)((char*)session + head.first_hits_offset);
  flow_lane.counters = (uint8_t*)session + head.counters_offset;
  flow_lane.max_events = head.max_events;
  flow_lane.map_size = head.map_size;
  flow_lane.tallies = (uint64_t*)((char*)session + head.tallies_offset);
  flow_lane.full = (uint64_t*)((char*)session + head.full_offset);
  flow_lane.max_events_per_id = head.max_events_per_id;
  flow_lane.num_tallied_ids = head.num_tallied_ids;
  flow_tallies.words = flow_lane.tallies;
  flow_tallies.num_ids = flow_tallies.single_threaded ? flow_lane.num_tallied_ids : 0;
  df_coverage_map = flow_lane.counters;
  df_coverage_size = flow_lane.map_size;
  flow_process.clock = head.clock;
  flow_session = session;
  if (flow_process.is_forkserver) {
    forks_roots = 1;
    const uint32_t index = __atomic_fetch_add(&session->num_forkservers, 1, __ATOMIC_RELAXED);
    session->forkservers[index % FLOW_SESSION_FORKSERVERS] = (uint32_t)getpid();
  } else {
    EnterStartedProcess();
  }
  if (getenv("__AFL_PERSISTENT") && !__wrap___afl_persistent_loop) session->unmarked_runs = 1;
  session->attached = 1;
  return 1;
}

/* Writes only where something changes: a page costs. */
void flow_session_tell_database(uint64_t hash) {
  uint64_t first = flow_load(&flow_session->database);
  if (!first && flow_swap_word(&flow_session->database, &first, hash, 0)) return;
  if (first != hash && !flow_session->has_several_databases)
    flow_session->has_several_databases = 1;
}

void flow_instance_mark_run(void) {
  if (flow_session) flow_session_mark_run();
}

void flow_session_mark_run(void) {
  if (flow_lane.own_run) return; /* a child of the root that goes round its loop */
  const uint64_t word = flow_load(&flow_session->run_events);
  /* Once: a program that the root executes is the root, too. */
  if ((flow_run(word) & 1) && flow_run(flow_load(&flow_session->run_root)) != flow_run(word))
    __atomic_store_n(&flow_session->run_root, word >> 32 << 32 | flow_session_pid(),
                     __ATOMIC_RELAXED);
}

/* Before the child is there: from now on the root's counting meets that of others. */
void flow_session_share_run(void) {
  if (forks_roots) return;
  const uint32_t run = flow_run(flow_load(&flow_session->run_events));
  uint32_t shared = __atomic_load_n(&flow_session->shared_run, __ATOMIC_RELAXED);
  /* Only forward: a late process must not take back what the root has said since. */
  while ((int32_t)(run - shared) > 0 &&
         !__atomic_compare_exchange_n(&flow_session->shared_run, &shared, run, 0, __ATOMIC_SEQ_CST,
                                      __ATOMIC_RELAXED)) {
  }
  /* Nor does it go the inlined way any more. */
  uint64_t limit = flow_load(flow_lane.tallies);
  while ((run & 1) && flow_run(limit) == run && (uint32_t)limit != UINT32_MAX &&
         !flow_swap_word(flow_lane.tallies, &limit, limit | UINT32_MAX, 0)) {
  }
}

void flow_session_enter_child(void) {
  const uint32_t run = flow_run(flow_load(&flow_session->run_events));
  known_pid = 0;
  /* What a deferred forkserver's program forks before that is up is no root: no run is under way.
   */
  if (forks_roots && (run & 1)) {
    forks_roots = 0;
    flow_session_mark_run();
    return;
  }
  forks_roots = 0;
  /* A child of one that belongs to a run belongs to the same; forked before the first: to none. */
  if (!flow_lane.own_run) flow_lane.own_run = run ? run : BETWEEN_RUNS;
  flow_lane.own_pid = flow_session_pid();
  flow_lane.is_registered = 0;
  LeaveInlinedWays();
}

void flow_session_overflow(struct flow_admission admission) {
  struct flow_slot none = {.type = FLOW_EVENT_NONE};
  flow_session_reserve(&admission, &none);
}

void flow_session_list_full(uint32_t run, uint32_t tally) {
  uint64_t seen = flow_load(&flow_session->run_full);
  uint32_t index;
  do {
    index = flow_run(seen) == run ? (uint32_t)seen : 0;
    if (index >= 2 * flow_lane.num_tallied_ids) return; /* somebody has written here */
  } while (!flow_swap_word(&flow_session->run_full, &seen, (uint64_t)run << 32 | (index + 1), 0));
  __atomic_store_n(&flow_lane.full[index], (uint64_t)run << 32 | tally, __ATOMIC_RELEASE);
}

void flow_session_register(uint32_t run) {
  if (!flow_lane.own_run) {
    /* Marked, mostly: then no thread needs to ask for the pid. */
    const uint64_t root = flow_load(&flow_session->run_root);
    const uint32_t pid = flow_run(root) == run ? (uint32_t)root : flow_session_pid();
    __atomic_store_n(&flow_session->run_root, (uint64_t)run << 32 | FLOW_ROOT_REPORTED | pid,
                     __ATOMIC_RELAXED);
    return;
  }
  flow_lane.is_registered = 1;
  uint64_t index = __atomic_fetch_add(&flow_session->run_processes, 1, __ATOMIC_RELAXED);
  if (flow_run(index) == run && (uint32_t)index < FLOW_SESSION_MAX_PROCESSES)
    __atomic_store_n(&flow_session->processes[(uint32_t)index],
                     (uint64_t)run << 32 | flow_lane.own_pid, __ATOMIC_RELEASE);
}
