/* Does with the two libraries of library.c what standard input says, letter by letter. With
 * -DLINKED it is linked against them. */

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef LINKED
void WorkA(void);
void WorkB(void);
static void (*work[])(void) = {WorkA, WorkB};
#else
static void (*work[2])(void);
#endif
static void* libraries[2];
static volatile int mark;

static int Open(int i) {
  libraries[i] = dlopen(i == 0 ? "./liba.so" : "./libb.so", RTLD_NOW | RTLD_LOCAL);
  if (!libraries[i]) return puts(dlerror()), 0;
  *(void**)&work[i] = dlsym(libraries[i], i == 0 ? "WorkA" : "WorkB");
  return 1;
}

static void PrintMappings(void) {
  char line[1024];
  FILE* maps = fopen("/proc/self/maps", "r");
  int count = 0;
  while (maps && fgets(line, sizeof(line), maps))
    count += strstr(line, "memfd:flowmon") || strstr(line, "flow_events_");
  printf("mappings: %d\n", count);
  fflush(stdout);
}

int main(void) {
  for (int c; (c = getchar()) != EOF;) {
    if (c == 'A' || c == 'B') {
      if (!Open(c - 'A')) return 1;
    } else if (c == 'a' || c == 'b') {
      work[c - 'a']();
    } else if (c == 'x' || c == 'y') {
      dlclose(libraries[c - 'x']);
    } else if (c == 'm') {
      mark = 1; /* an intermediate */
    } else if (c == 'f') {
      /* The child goes on. */
      int status = 0;
      if (fork() != 0) return wait(&status) < 0 || status != 0;
    } else if (c == '#') {
      PrintMappings();
    }
  }
  return 0;
}
