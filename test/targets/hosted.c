/* Runs the steps of another target (HOSTED, a source file) under a forkserver that is not AFL++'s,
 * so that a test may say when an execution begins and what runs in it, without any afl-fuzz. Each
 * line of standard input is one execution, in a process of its own or, with the argument "loop",
 * all in one; a '.' on standard output says that it is over. */

#define main hosted_main
#include HOSTED /* NOLINT(bugprone-suspicious-include): its main() is replaced */
#undef main

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#define FORKSRV_FD 198 /* by which the runtime knows a forkserver */

static void Answer(void) {
  if (write(1, ".", 1) != 1) _exit(1);
}

static size_t ReadInput(char* line) {
  if (!fgets(line, 4096, stdin)) _exit(0);
  return strcspn(line, "\n");
}

int main(int argc, char** argv) {
  static char line[4096];
  if (argc > 1 && strcmp(argv[1], "loop") != 0) { /* executed by a step */
    Run((unsigned char*)argv[1], strlen(argv[1]));
    return 0;
  }
  if (fcntl(FORKSRV_FD, F_GETFD) < 0) { /* once more, and then as a forkserver from the start */
    dup2(2, FORKSRV_FD);
    execv("/proc/self/exe", argv);
  }
  setvbuf(stdin, NULL, _IONBF, 0); /* the child and its parent read the same pipe */
  const int is_loop = argc > 1 && strcmp(argv[1], "loop") == 0;
  while (1) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (is_loop) poll(&input, 1, -1); /* no child before there is an execution for it */
    const size_t size = is_loop ? 0 : ReadInput(line);
    const pid_t child = fork();
    if (child == 0) {
      close(FORKSRV_FD);
      if (!is_loop) {
        Run((unsigned char*)line, size);
        _exit(0);
      }
      while (1) {
        Run((unsigned char*)line, ReadInput(line));
        Answer();
      }
    }
    waitpid(child, NULL, 0);
    if (is_loop) return 0;
    Answer();
  }
}
