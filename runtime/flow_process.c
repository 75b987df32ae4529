/* Settings, process identity and file creation of the runtime: see flow_process.h. */

#define _GNU_SOURCE
#include "flow_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "flowmon.h"

/* AFL++'s control pipe: open in a forkserver and in nobody else. */
#define AFL_FORKSRV_FD 198

struct flow_events_header* flow_events;
uint32_t flow_max_events;
struct flow_coverage_header* flow_coverage;
uint8_t* df_coverage_map;
uint32_t df_coverage_size;

enum { DETACHED, ATTACHING, ATTACHED, OFF };

/* Set by the constructor, before any other thread; then changed by fork handlers only. */
static struct {
  char dir[PATH_MAX];
  uint32_t map_size;
  uint32_t birth; /* flow_events_header.birth of this process */
  uint32_t flags;
  int disabled;
  int is_forkserver;
} process;

static int attach_state = DETACHED;
static uint32_t lost_while_attaching[2]; /* by enum flow_report */

static size_t EventsFileSize(void) {
  return sizeof(struct flow_events_header) + (size_t)flow_max_events * sizeof(struct flow_event);
}

static uint32_t CoarseNow(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)(((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec) >> 10);
}

static uint32_t NumberSetting(const char* name, uint32_t fallback, uint32_t limit) {
  const char* text = getenv(name);
  if (!text || !*text) return fallback;
  char* end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || *text == '-' || value == 0 || value > limit) return fallback;
  return (uint32_t)value;
}

/* FLOW_SHM=auto|files|off. auto writes files, except under an AFL++ host in which our plugin has
 * not announced itself: nobody would ever remove them. */
static int RecordingDisabled(void) {
  const char* mode = getenv("FLOW_SHM");
  if (mode && !strcmp(mode, "off")) return 1;
  if (mode && !strcmp(mode, "files")) return 0;
  return getenv("__AFL_SHM_ID") && !getenv(FLOW_PLUGIN_ENV);
}

/* Runs in the only thread of a new process: nothing else uses the parent's files here. */
static void ForgetInheritedFiles(void) {
  df_coverage_size = 0;
  if (flow_events) munmap(flow_events, EventsFileSize());
  if (flow_coverage)
    munmap(flow_coverage, sizeof(struct flow_coverage_header) + (size_t)process.map_size);
  flow_events = NULL;
  flow_coverage = NULL;
  df_coverage_map = NULL;
}

static void AfterForkInChild(void) {
  ForgetInheritedFiles();
  process.birth = CoarseNow();
  process.flags = FLOW_EVENTS_BIRTH_KNOWN | (process.is_forkserver ? FLOW_EVENTS_RUN_ROOT : 0);
  process.is_forkserver = 0;
  lost_while_attaching[FLOW_REPORT_EVENT] = lost_while_attaching[FLOW_REPORT_HIT] = 0;
  attach_state = process.disabled ? OFF : DETACHED;
}

__attribute__((constructor(101))) static void InitProcess(void) {
  const char* dir = getenv("FLOW_SHM_DIR");
  if (!dir || !*dir) dir = FLOW_SHM_DEFAULT_DIR;
  process.disabled = RecordingDisabled();
  if (strlen(dir) + sizeof(FLOW_EVENTS_PREFIX) + 16 < sizeof(process.dir))
    strcpy(process.dir, dir);
  else
    process.disabled = 1;
  flow_max_events =
      NumberSetting("FLOW_MAX_EVENTS", FLOW_DEFAULT_MAX_EVENTS, FLOW_LIMIT_MAX_EVENTS);
  process.map_size =
      NumberSetting("DF_COVERAGE_MAP_SIZE", FLOW_DEFAULT_MAP_SIZE, FLOW_LIMIT_MAP_SIZE);
  process.birth = CoarseNow();
  process.flags = FLOW_EVENTS_BIRTH_KNOWN;
  /* What runs in the forkserver belongs to no execution: only its children record. */
  process.is_forkserver = fcntl(AFL_FORKSRV_FD, F_GETFD) >= 0;
  attach_state = process.disabled ? OFF : DETACHED;
  if (!process.disabled) pthread_atfork(NULL, NULL, AfterForkInChild);
}

/* "<dir>/<prefix><pid>", without stdio: this may run in a signal handler. */
static void FileName(char* out, const char* prefix) {
  char digits[16];
  size_t n = 0;
  for (uint32_t pid = (uint32_t)getpid(); pid || !n; pid /= 10)
    digits[n++] = (char)('0' + pid % 10);
  out = stpcpy(out, process.dir);
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

/* NULL, with nothing left behind, if the file cannot be had. A file that exists belongs to somebody
 * else (a dead namesake, an attacker): it is never opened. */
static void* CreateMapped(const char* prefix, size_t size) {
  char name[PATH_MAX];
  FileName(name, prefix);
  int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return NULL;
  void* memory = MAP_FAILED;
  if (EnoughSpace(fd) && ftruncate(fd, (off_t)size) == 0)
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) unlink(name);
  close(fd);
  return memory == MAP_FAILED ? NULL : memory;
}

static int CreateFiles(void) {
  struct flow_events_header* events = CreateMapped(FLOW_EVENTS_PREFIX, EventsFileSize());
  if (!events) return 0;
  struct flow_coverage_header* coverage =
      CreateMapped(FLOW_COVERAGE_PREFIX, sizeof(struct flow_coverage_header) + process.map_size);
  if (!coverage) {
    char name[PATH_MAX];
    FileName(name, FLOW_EVENTS_PREFIX);
    unlink(name);
    munmap(events, EventsFileSize());
    return 0;
  }
  events->max_events = flow_max_events;
  events->birth = process.birth;
  events->flags = process.flags;
  coverage->map_size = process.map_size;

  flow_coverage = coverage;
  __atomic_store_n(&df_coverage_map, (uint8_t*)(coverage + 1), __ATOMIC_RELEASE);
  __atomic_store_n(&df_coverage_size, process.map_size, __ATOMIC_RELEASE);
  __atomic_store_n(&flow_events, events, __ATOMIC_RELEASE);
  return 1;
}

int flow_attach(enum flow_report lost_if_busy) {
  if (process.is_forkserver) return 0;
  int expected = DETACHED;
  if (!__atomic_compare_exchange_n(&attach_state, &expected, ATTACHING, 0, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    if (expected == ATTACHING)
      __atomic_fetch_add(&lost_while_attaching[lost_if_busy], 1, __ATOMIC_RELAXED);
    return expected == ATTACHED;
  }
  int saved_errno = errno;
  int ok = CreateFiles();
  errno = saved_errno;
  __atomic_store_n(&attach_state, ok ? ATTACHED : OFF, __ATOMIC_RELEASE);
  if (ok) {
    /* Slots that nobody fills: the observer counts them as torn, so these losses are seen. */
    __atomic_fetch_add(&flow_events->num_events, lost_while_attaching[FLOW_REPORT_EVENT],
                       __ATOMIC_RELAXED);
    __atomic_fetch_add(&flow_coverage->uncounted, lost_while_attaching[FLOW_REPORT_HIT],
                       __ATOMIC_RELAXED);
  }
  return ok;
}
