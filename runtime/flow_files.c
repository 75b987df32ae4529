/* The lane of files: two per process, created together at its first event or hit. See
 * flow_process.h.
 *
 * Threads may lose a count of a counter to each other, never a hit: a counter only ever grows and
 * never wraps. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "flow_tally.h"
#include "flowmon.h"

static struct flow_events_header* events;
static struct flow_coverage_header* coverage;
static uint64_t* tallies;

enum { DETACHED, ATTACHING, ATTACHED, FAILED };
static int state = DETACHED;
enum report { EVENT, HIT };
static uint32_t lost_while_attaching[2]; /* by enum report */

static size_t TalliesOffset(void) {
  return sizeof(struct flow_events_header) +
         (size_t)flow_process.max_events * sizeof(struct flow_event);
}

static size_t EventsFileSize(void) {
  const size_t num_tallies =
      flow_process.max_events_per_id ? FLOW_NUM_TALLIES(flow_process.num_tallied_ids) : 0;
  return TalliesOffset() + num_tallies * sizeof(uint64_t);
}

static size_t CoverageFileSize(void) {
  return sizeof(struct flow_coverage_header) + (size_t)flow_process.map_size;
}

/* Runs in the only thread of a new process; a signal handler may interrupt it at any point. */
void flow_files_forget(void) {
  struct flow_events_header* old_events = events;
  struct flow_coverage_header* old_coverage = coverage;
  __atomic_store_n(&df_coverage_size, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&flow_tallies.num_ids, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&events, NULL, __ATOMIC_SEQ_CST);
  coverage = NULL;
  df_coverage_map = NULL;
  lost_while_attaching[EVENT] = lost_while_attaching[HIT] = 0;
  __atomic_store_n(&state, DETACHED, __ATOMIC_SEQ_CST);
  if (old_events) munmap(old_events, EventsFileSize());
  if (old_coverage) munmap(old_coverage, CoverageFileSize());
}

/* "<dir>/<prefix><pid>", without stdio: this may run in a signal handler. */
static void FileName(char* out, const char* prefix) {
  char digits[16];
  size_t n = 0;
  for (uint32_t pid = (uint32_t)getpid(); pid || !n; pid /= 10)
    digits[n++] = (char)('0' + pid % 10);
  out = stpcpy(out, flow_process.dir);
  *out++ = '/';
  out = stpcpy(out, prefix);
  while (n) *out++ = digits[--n];
  *out = 0;
}

static int EnoughSpace(int fd) {
  struct statvfs fs;
  if (fstatvfs(fd, &fs)) return 0;
  return (uint64_t)fs.f_bavail * 100 >= (uint64_t)fs.f_blocks * FLOW_MIN_FREE_PERCENT;
}

/* Beyond the limit, to grow a file would end the target with SIGXFSZ. */
static int MayGrowTo(size_t size) {
  struct rlimit limit;
  return !getrlimit(RLIMIT_FSIZE, &limit) && size <= limit.rlim_cur;
}

static int CreateFile(const char* name) {
  return open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* In a session, the directory is made by whoever needs it first, as long as there is somebody to
 * remove it: the plugin's process, which must be our own user's. */
static int MakeDirectory(void) {
  struct stat info;
  return flow_process.dir_owner && !stat(flow_process.dir_owner, &info) &&
         info.st_uid == geteuid() && (!mkdir(flow_process.dir, 0700) || errno == EEXIST);
}

/* The files of the program that this process ran before it executed this one. Only in a directory
 * of the plugin's, where no dead namesake's can be. */
static int OpenOwnFile(const char* name, size_t size) {
  if (!flow_process.plugin_pid) return -1;
  int fd = open(name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (fd < 0 || (!fstat(fd, &info) && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
                 info.st_nlink == 1 && info.st_size == (off_t)size))
    return fd;
  close(fd);
  return -1;
}

/* NULL, with nothing left behind, if the file cannot be had. Elsewhere than in the plugin's
 * directory, a file that exists belongs to somebody else (a dead namesake, an attacker): it is
 * never opened. */
static void* CreateMapped(const char* prefix, size_t size) {
  char name[PATH_MAX];
  FileName(name, prefix);
  int fd = CreateFile(name);
  if (fd < 0 && errno == ENOENT && MakeDirectory()) fd = CreateFile(name);
  const int is_new = fd >= 0;
  if (fd < 0 && errno == EEXIST) fd = OpenOwnFile(name, size);
  if (fd < 0) return NULL;
  void* memory = MAP_FAILED;
  if (!is_new || (MayGrowTo(size) && EnoughSpace(fd) && ftruncate(fd, (off_t)size) == 0))
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED && is_new) unlink(name);
  close(fd);
  return memory == MAP_FAILED ? NULL : memory;
}

static int CreateFiles(void) {
  struct flow_events_header* new_events = CreateMapped(FLOW_EVENTS_PREFIX, EventsFileSize());
  if (!new_events) return 0;
  coverage = CreateMapped(FLOW_COVERAGE_PREFIX, CoverageFileSize());
  if (!coverage) {
    if (!new_events->max_events) {
      char name[PATH_MAX];
      FileName(name, FLOW_EVENTS_PREFIX);
      unlink(name);
    }
    munmap(new_events, EventsFileSize());
    return 0;
  }
  if (!new_events->max_events) { /* else they are those of the program before */
    new_events->max_events = flow_process.max_events;
    new_events->birth = flow_process.birth;
    new_events->flags = flow_process.flags | flow_process.databases;
  }
  coverage->map_size = flow_process.map_size;

  tallies = (uint64_t*)((char*)new_events + TalliesOffset());
  if (flow_process.max_events_per_id) {
    tallies[0] = flow_process.max_events_per_id;
    flow_tallies.words = tallies;
    if (flow_tallies.single_threaded)
      __atomic_store_n(&flow_tallies.num_ids, flow_process.num_tallied_ids, __ATOMIC_RELEASE);
  }
  __atomic_store_n(&df_coverage_map, (uint8_t*)(coverage + 1), __ATOMIC_RELEASE);
  __atomic_store_n(&df_coverage_size, flow_process.map_size, __ATOMIC_RELEASE);
  __atomic_store_n(&events, new_events, __ATOMIC_RELEASE);
  return 1;
}

/* Slots that nobody fills: the observer counts them as torn, so these losses are seen. */
static void CountLostWhileAttaching(void) {
  __atomic_fetch_add(&events->num_events,
                     __atomic_exchange_n(&lost_while_attaching[EVENT], 0, __ATOMIC_SEQ_CST),
                     __ATOMIC_RELAXED);
  __atomic_fetch_add(&coverage->uncounted,
                     __atomic_exchange_n(&lost_while_attaching[HIT], 0, __ATOMIC_SEQ_CST),
                     __ATOMIC_RELAXED);
}

/* Creates and maps both files, once per process. Whoever comes while another thread is at it does
 * not wait: its report is lost, and counted. Returns whether the files are mapped. */
static int Attach(enum report lost_if_busy) {
  if (flow_process.is_off || flow_process.is_forkserver) return 0;
  int seen = DETACHED;
  if (__atomic_compare_exchange_n(&state, &seen, ATTACHING, 0, __ATOMIC_SEQ_CST,
                                  __ATOMIC_SEQ_CST)) {
    int saved_errno = errno;
    seen = CreateFiles() ? ATTACHED : FAILED;
    errno = saved_errno;
    __atomic_store_n(&state, seen, __ATOMIC_SEQ_CST);
  } else if (seen == ATTACHING) {
    __atomic_fetch_add(&lost_while_attaching[lost_if_busy], 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&state, __ATOMIC_SEQ_CST) == ATTACHED) CountLostWhileAttaching();
    return 0;
  }
  if (seen == ATTACHED) CountLostWhileAttaching();
  return seen == ATTACHED;
}

int flow_files_admit(uint32_t type, uint32_t id) {
  if (!FLOW_LIKELY(__atomic_load_n(&events, __ATOMIC_ACQUIRE)) && !Attach(EVENT)) return 0;
  /* Both are ours, not the file's, which a stray write of the target may have changed. */
  const uint32_t limit = flow_process.max_events_per_id;
  if (limit && id < flow_process.num_tallied_ids &&
      flow_count_report(&tallies[FLOW_TALLY_OF(type, id)], 0, flow_is_single_threaded()) >= limit)
    return 0;
  uint32_t num_events = __atomic_load_n(&events->num_events, __ATOMIC_RELAXED);
  if (num_events < flow_process.max_events) return 1;
  /* Counted, short of wrapping to zero. */
  if (num_events < UINT32_MAX - 65536) __atomic_fetch_add(&events->num_events, 1, __ATOMIC_RELAXED);
  return 0;
}

struct flow_event* flow_files_reserve(void) {
  uint32_t index = __atomic_fetch_add(&events->num_events, 1, __ATOMIC_RELAXED);
  /* The capacity is ours, not the header's, which a stray write of the target may have changed. */
  return index < flow_process.max_events ? (struct flow_event*)(events + 1) + index : NULL;
}

void flow_files_hit(uint32_t id) {
  if (!FLOW_LIKELY(__atomic_load_n(&df_coverage_size, __ATOMIC_ACQUIRE)) && !Attach(HIT)) return;
  uint32_t size = __atomic_load_n(&df_coverage_size, __ATOMIC_ACQUIRE);
  if (id < size) {
    uint8_t* counter = &df_coverage_map[id];
    uint8_t hits = __atomic_load_n(counter, __ATOMIC_RELAXED);
    if (hits != UINT8_MAX) __atomic_store_n(counter, (uint8_t)(hits + 1), __ATOMIC_RELAXED);
  } else if (size) {
    uint32_t* uncounted = &coverage->uncounted;
    if (__atomic_load_n(uncounted, __ATOMIC_RELAXED) < UINT32_MAX - 65536)
      __atomic_fetch_add(uncounted, 1, __ATOMIC_RELAXED);
  }
}
