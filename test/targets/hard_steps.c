/* What targets do that makes them hard to observe, one step per input byte; the ids are those of
 * steps.flowdb. Built plain, and with afl-clang-fast in fork mode, with -DPERSISTENT or, with
 * -DDEFERRED, as a deferred forkserver. Reads standard input, or takes its argument.
 *
 *   s k 1  as in steps.c              v  source 1 at an address that cannot be read
 *   q  close all descriptors          e  exec of this program with the rest of the input
 *   f  a child that does the rest     p  a new process of this program that does the rest
 *   P  the same, and it waits for g   g  let it go, and see its end
 *   n  become nobody                  r  have nothing of the file system left
 *   l  resource limits of nothing     z  have every system call but a few end the process
 *   t  8 threads, each 60 x source 1, hit 1 and sink 1
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flowmon.h"

#define NOBODY 65534

static void* ReportFromThread(void* data) {
  for (int i = 0; i < 60; ++i) {
    FLOW_SOURCE(data, 1, 1);
    FLOW_HIT(1);
    FLOW_SINK(data, 1, 1);
  }
  return NULL;
}

static void ReportFromThreads(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], NULL, ReportFromThread, "x");
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], NULL);
}

static const void* Unreadable(void) {
  return mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void CloseAll(void) {
  for (int fd = 0; fd < 1024; ++fd)
    if (fd < 190 || fd > 200) close(fd); /* AFL++'s own are in between */
}

static void Exec(const unsigned char* rest, size_t size) {
  char argument[4096];
  memcpy(argument, rest, size);
  argument[size] = 0;
  execl("/proc/self/exe", "hard_steps", argument, NULL);
  abort();
}

static int gate[2];
static pid_t waiting;

/* The program says that it is there, and goes on when it is told to, on its standard input. */
static void ExecAtTheGate(const unsigned char* rest, size_t size) {
  char argument[4096] = "w";
  memcpy(argument + 1, rest, size);
  argument[1 + size] = 0;
  dup2(gate[0], 0);
  close(gate[1]);
  execl("/proc/self/exe", "hard_steps", argument, NULL);
  abort();
}

static void WaitAtTheGate(void) {
  char byte = 0;
  if (write(0, &byte, 1) != 1 || read(0, &byte, 1) != 0) abort();
}

static void StartAtTheGate(const unsigned char* rest, size_t size) {
  if (waiting || socketpair(AF_UNIX, SOCK_STREAM, 0, gate)) return;
  waiting = vfork();
  if (waiting == 0) ExecAtTheGate(rest, size);
  close(gate[0]);
  char byte;
  if (read(gate[1], &byte, 1) != 1) abort();
}

static void OpenTheGate(void) {
  if (!waiting) return;
  close(gate[1]);
  waitpid(waiting, NULL, 0);
  waiting = 0;
}

static void BecomeNobody(void) {
  /* Who is not root gives up what is left: the view on the system. */
  if (geteuid() != 0 ? unshare(CLONE_NEWUSER) : setgid(NOBODY) || setuid(NOBODY)) abort();
}

static void LoseTheFileSystem(void) {
  if (geteuid() != 0 && unshare(CLONE_NEWUSER)) abort();
  if (chroot("/proc/self/fdinfo")) abort(); /* nothing can be created there */
}

static void LimitEverything(void) {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_FSIZE, &none) || setrlimit(RLIMIT_NOFILE, &none) ||
      setrlimit(RLIMIT_AS, &none))
    abort();
}

/* What a report may need: the clock where it is no vDSO's, and who it is. */
static void Confine(void) {
#define ALLOW(name)                                       \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(clock_gettime),
      ALLOW(getpid),
      ALLOW(exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
    abort();
}

static void Run(const unsigned char* data, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const unsigned char* rest = data + i + 1;
    const size_t rest_size = size - i - 1;
    pid_t child = 0;
    // clang-format off
    switch (data[i]) {
      case 's': FLOW_SOURCE(rest, rest_size, 1); break;
      case 'k': FLOW_SINK(rest, rest_size, 1); break;
      case '1': FLOW_HIT(1); break;
      case 'v': FLOW_SOURCE(Unreadable(), 8, 1); break;
      case 'q': CloseAll(); break;
      case 'e': Exec(rest, rest_size); break;
      case 'n': BecomeNobody(); break;
      case 'r': LoseTheFileSystem(); break;
      case 'l': LimitEverything(); break;
      case 'z': Confine(); break;
      case 't': ReportFromThreads(); break;
      case 'P': StartAtTheGate(rest, rest_size); return;
      case 'g': OpenTheGate(); break;
      case 'w': WaitAtTheGate(); break;
      case 'f': case 'p':
        child = data[i] == 'f' ? fork() : vfork();
        if (child == 0 && data[i] == 'p') Exec(rest, rest_size);
        if (child > 0) { waitpid(child, NULL, 0); return; }
        break;
      default: return;
    }
    // clang-format on
  }
}

#ifdef PERSISTENT
__AFL_FUZZ_INIT();
#endif

int main(int argc, char** argv) {
#ifdef DEFERRED
  /* Start-up that belongs to no execution. */
  FLOW_SOURCE("start", 5, 1);
  FLOW_HIT(2);
  FLOW_SINK("start", 5, 2);
  __AFL_INIT();
#endif
  if (argc > 1) {
    Run((const unsigned char*)argv[1], strlen(argv[1]));
    return 0;
  }
#ifdef PERSISTENT
  unsigned char* buffer = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(1000)) Run(buffer, (size_t)__AFL_FUZZ_TESTCASE_LEN);
#else
  static unsigned char buffer[2048];
  const ssize_t size = read(0, buffer, sizeof(buffer));
  Run(buffer, size > 0 ? (size_t)size : 0);
#endif
  return 0;
}
