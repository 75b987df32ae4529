/* Settings and identity of the process, and the choice of its lane: see flow_process.h. */

#define _GNU_SOURCE
#include "flow_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flow_instance.h"

/* AFL++'s control pipe: open in a forkserver and in nobody else. */
#define AFL_FORKSRV_FD 198

struct flow_process flow_process = {.is_off = 1}; /* until the constructor has run */
struct flow_session* flow_session;

static pid_t forkserver_pid;

/* flow_events_header.birth */
static uint32_t Birth(void) { return (uint32_t)(flow_now() >> 10); }

static uint32_t NumberSetting(const char* name, uint32_t fallback, uint32_t min, uint32_t limit) {
  const char* text = getenv(name);
  if (!text || !*text) return fallback;
  char* end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || *text == '-' || value < min || value > limit) return fallback;
  return (uint32_t)value;
}

/* FLOW_SHM=auto|files|off. auto records, except under an AFL++ host in which our plugin has not
 * announced itself: nobody would ever remove the files. */
static int RecordingIsOff(const char* mode) {
  if (mode && !strcmp(mode, "off")) return 1;
  if (mode && !strcmp(mode, "files")) return 0;
  return getenv("__AFL_SHM_ID") && !getenv(FLOW_PLUGIN_ENV);
}

/* Of another process; 0 if it cannot be had. */
static pid_t ParentOf(pid_t pid) {
  char text[512];
  snprintf(text, sizeof(text), "/proc/%d/stat", (int)pid);
  int fd = open(text, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
  if (fd >= 0) close(fd);
  if (size <= 0) return 0;
  text[size] = 0;
  const char* end_of_name = strrchr(text, ')'); /* the name may hold anything */
  return end_of_name && strlen(end_of_name) > 4 ? (pid_t)strtol(end_of_name + 4, NULL, 10) : 0;
}

/* For programs that start in the middle of a run, or libraries that are loaded then: whether this
 * is the process that runs the input, which is a child of the host's forkserver. */
static int IsChildOfForkserver(void) {
  return flow_process.plugin_pid && ParentOf(getppid()) == flow_process.plugin_pid;
}

static void BeforeFork(void) {
  if (flow_session) flow_session_share_run();
}

static void AfterForkInChild(void) {
  if (flow_session) {
    flow_session_enter_child();
    return;
  }
  flow_files_forget();
  flow_process.birth = Birth();
  const int is_root = flow_process.is_forkserver && getppid() == forkserver_pid;
  flow_process.flags = FLOW_EVENTS_BIRTH_KNOWN | (is_root ? FLOW_EVENTS_RUN_ROOT : 0);
  flow_process.is_forkserver = 0;
}

void flow_instance_tell_database(uint64_t hash) {
  if (flow_session) {
    flow_session_tell_database(hash);
    return;
  }
  const uint32_t tag = FLOW_EVENTS_DATABASE(hash);
  const uint32_t first = flow_process.databases & FLOW_EVENTS_DATABASE_MASK;
  flow_process.databases |= first && first != tag ? FLOW_EVENTS_SEVERAL_DATABASES : tag;
}

void flow_instance_start(void) {
  static char dir[PATH_MAX];
  const char* mode = getenv("FLOW_SHM");
  flow_process.is_off = RecordingIsOff(mode);
  if (flow_process.is_off) return;
  /* What runs in the forkserver belongs to no execution: only its children record. */
  flow_process.is_forkserver = fcntl(AFL_FORKSRV_FD, F_GETFD) >= 0;
  forkserver_pid = getpid();
  flow_process.plugin_pid = (pid_t)NumberSetting(FLOW_PLUGIN_ENV, 0, 1, INT_MAX);
  flow_process.flags = FLOW_EVENTS_BIRTH_KNOWN;
  if (!flow_process.is_forkserver && IsChildOfForkserver())
    flow_process.flags |= FLOW_EVENTS_RUN_ROOT;
  pthread_atfork(BeforeFork, NULL, AfterForkInChild);

  const char* session = getenv(FLOW_SESSION_ENV);
  if (session && !(mode && !strcmp(mode, "files")) && flow_session_attach(session)) return;
  if (session && flow_process.plugin_pid) {
    static char owner[32];
    snprintf(owner, sizeof(owner), "/proc/%d", (int)flow_process.plugin_pid);
    flow_process.dir_owner = owner;
  }

  const char* setting = getenv("FLOW_SHM_DIR");
  if (!setting || !*setting) setting = FLOW_SHM_DEFAULT_DIR;
  if (strlen(setting) + sizeof(FLOW_EVENTS_PREFIX) + 16 >= sizeof(dir)) {
    flow_process.is_off = 1;
    return;
  }
  flow_process.dir = strcpy(dir, setting);
  flow_process.max_events =
      NumberSetting("FLOW_MAX_EVENTS", FLOW_DEFAULT_MAX_EVENTS, 1, FLOW_LIMIT_MAX_EVENTS);
  flow_process.map_size =
      NumberSetting("DF_COVERAGE_MAP_SIZE", FLOW_DEFAULT_MAP_SIZE, 1, FLOW_LIMIT_MAP_SIZE);
  flow_process.max_events_per_id = NumberSetting(
      "FLOW_MAX_EVENTS_PER_ID", FLOW_DEFAULT_MAX_EVENTS_PER_ID, 0, FLOW_LIMIT_MAX_EVENTS);
  flow_process.num_tallied_ids =
      NumberSetting("FLOW_TALLIED_IDS", FLOW_DEFAULT_TALLIED_IDS, 1, FLOW_LIMIT_TALLIED_IDS);
  flow_process.birth = Birth();
}
