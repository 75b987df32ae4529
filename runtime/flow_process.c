/* Settings and identity of the process, and the choice of its lane: see flow_process.h. */

#define _GNU_SOURCE
#include "flow_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* AFL++'s control pipe: open in a forkserver and in nobody else. */
#define AFL_FORKSRV_FD 198

struct flow_process flow_process;
struct flow_session* flow_session;

static pid_t forkserver_pid;

/* flow_events_header.birth */
static uint32_t Birth(void) { return (uint32_t)(flow_now() >> 10); }

static uint32_t NumberSetting(const char* name, uint32_t fallback, uint32_t limit) {
  const char* text = getenv(name);
  if (!text || !*text) return fallback;
  char* end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || *text == '-' || value == 0 || value > limit) return fallback;
  return (uint32_t)value;
}

/* FLOW_SHM=auto|files|off. auto records, except under an AFL++ host in which our plugin has not
 * announced itself: nobody would ever remove the files. */
static int RecordingIsOff(const char* mode) {
  if (mode && !strcmp(mode, "off")) return 1;
  if (mode && !strcmp(mode, "files")) return 0;
  return getenv("__AFL_SHM_ID") && !getenv(FLOW_PLUGIN_ENV);
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

__attribute__((constructor(101))) static void InitProcess(void) {
  static char dir[PATH_MAX];
  const char* mode = getenv("FLOW_SHM");
  flow_process.is_off = RecordingIsOff(mode);
  if (flow_process.is_off) return;
  /* What runs in the forkserver belongs to no execution: only its children record. */
  flow_process.is_forkserver = fcntl(AFL_FORKSRV_FD, F_GETFD) >= 0;
  forkserver_pid = getpid();
  pthread_atfork(BeforeFork, NULL, AfterForkInChild);

  const char* session = getenv(FLOW_SESSION_ENV);
  if (session && !(mode && !strcmp(mode, "files")) && flow_session_attach(session)) return;

  const char* setting = getenv("FLOW_SHM_DIR");
  if (!setting || !*setting) setting = FLOW_SHM_DEFAULT_DIR;
  if (strlen(setting) + sizeof(FLOW_EVENTS_PREFIX) + 16 >= sizeof(dir)) {
    flow_process.is_off = 1;
    return;
  }
  flow_process.dir = strcpy(dir, setting);
  flow_process.max_events =
      NumberSetting("FLOW_MAX_EVENTS", FLOW_DEFAULT_MAX_EVENTS, FLOW_LIMIT_MAX_EVENTS);
  flow_process.map_size =
      NumberSetting("DF_COVERAGE_MAP_SIZE", FLOW_DEFAULT_MAP_SIZE, FLOW_LIMIT_MAP_SIZE);
  flow_process.birth = Birth();
  flow_process.flags = FLOW_EVENTS_BIRTH_KNOWN;
}
