// clang-format off
// Every row of the table of library calls that a small program can run. Reads "0123456789line\n"
// twice over from standard input. Marks: flow_cc_harness.h.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

static char buf[64], out[256];

static void Format(const char* format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(out, sizeof out, format, args);  //! SINK 60 `vsnprintf` "%d va"
  va_end(args);
}

static void Sources(void) {
  ssize_t n = read(0, buf, 4);             //! SOURCE 1 `read` "0123"
  n = read(-1, buf, 4);                    //! SOURCE 2 `read` ""
  int file = open("/proc/self/exe", O_RDONLY);
  n = pread(file, buf, 3, 1);              //! SOURCE 3 `pread` "ELF"
  close(file);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) abort();
  n = write(pair[0], "abcdef", 6);         //! SINK 4 `write` "abcdef"
  n = recv(pair[1], buf, 2, 0);            //! SOURCE 4 `recv` "ab"
  n = recvfrom(pair[1], buf, 9, 0, 0, 0);  //! SOURCE 5 `recvfrom` "cdef"
  n = send(pair[1], buf, 3, 0);            //! SINK 5 `send` "cde"
  n = readlink("/proc/self/cwd", out, 1);  //! SOURCE 6 `readlink` "/"
  FILE* in = fdopen(0, "r");
  size_t items = fread(buf, 2, 3, in);     //! SOURCE 7 `fread` "456789"
  int c = fgetc(in);                       //! SOURCE 8 `fgetc` i32:108
  c = getc(in);                            //! SOURCE 9 `getc` i32:105
  char* text = fgets(buf, 20, in);         //! SOURCE 10 `fgets` "ne\n"
  char* line = NULL;
  size_t room = 0;
  n = getline(&line, &room, in);           //! SOURCE 11 `getline` "0123456789line\n"
  text = fgets(buf, 20, in);               //! SOURCE 12 `fgets` ""
  text = getenv("FLOW_TEST_VALUE");        //! SOURCE 13 `getenv` "from outside"
  text = realpath("/usr/..", NULL);        //! SOURCE 14 `realpath` "/"
  free(text);
  text = strdup(line);                     //! SOURCE 15 `strdup` "0123456789line\n"
  free(text);                              //! SINK 15 `free` pointer
  free(line);
  char* memory = malloc(n > 0 ? 3 : 4);    //! SOURCE 16 `malloc` pointer
  free(memory);
  (void)items;
  (void)c;
}

static void Copies(const char* text, size_t n) {
  char* end = buf;
  memcpy(buf, text, n);                    //! SINK 20 `memcpy` "hel" //! SOURCE 20 `memcpy` "hel"
  memmove(buf + 1, buf, n);                //! SINK 21 `memmove` "hel"
  end = mempcpy(buf, text + 1, n);         //! SINK 22 `mempcpy` "ell"
  memset(buf, 'x', n + 1);                 //! SINK 23 `memset` i64:4
  strcpy(buf, text);                       //! SINK 24 `strcpy` "hello" //! SOURCE 24 `strcpy` "hello"
  end = stpcpy(buf, text);                 //! SINK 25 `stpcpy` "hello"
  strcat(buf, text + 3);                   //! SINK 26 `strcat` "lo" //! SOURCE 26 `strcat` "hellolo"
  strncpy(buf, text, n);                   //! SINK 27 `strncpy` "hel"
  strncat(buf, text, 2);                   //! SINK 28 `strncat` "he"
  sprintf(out, text, 1);                   //! SINK 29 `sprintf` "hello"
  snprintf(out, n, "<%s>", text);          //! SINK 30 `snprintf` "<%s>" //! SOURCE 30 `snprintf` "<h"
  bcopy(text, buf, n);                     //! SINK 36 `bcopy` "hel" //! SOURCE 36 `bcopy` "hel"
  bzero(buf, n);                           //! SINK 37 `bzero` i64:3 //! SOURCE 37 `bzero` "\0\0\0"
  Format("%d va", 5);
  (void)end;
}

static void Allocations(size_t n) {
  char* p = malloc(n * 2);                 //! SINK 31 `malloc` i64:6
  p = realloc(p, n + 7);                   //! SINK 32 `realloc` i64:10
  free(p);
  p = calloc(n, 5);                        //! SINK 33 `calloc` i64:15
  free(p);
  char on_stack[n * 3];                    //! SINK 34 `char on_stack` i64:9
  p = __builtin_alloca(n + 1);             //! SINK 35 `__builtin_alloca` i64:4
  p[0] = on_stack[0] = 0;
}

static void Files(const char* name) {
  struct stat info;
  int file = open(name, O_RDONLY);         //! SINK 40 `open` "/nonexistent/x"
  file = openat(AT_FDCWD, name, O_RDONLY); //! SINK 41 `openat` "/nonexistent/x"
  FILE* stream = fopen(name, "r");         //! SINK 42 `fopen` "/nonexistent/x"
  int bad = unlink(name);                  //! SINK 43 `unlink` "/nonexistent/x"
  bad += remove(name);                     //! SINK 44 `remove` "/nonexistent/x"
  bad += rename(name, "/nonexistent/y");   //! SINK 45 `rename` "/nonexistent/x"
  bad += chmod(name, 0);                   //! SINK 46 `chmod` "/nonexistent/x"
  DIR* dir = opendir(name);                //! SINK 47 `opendir` "/nonexistent/x"
  bad += stat(name, &info);                //! SINK 48 `stat` "/nonexistent/x"
  bad += system("true");                   //! SINK 49 `system` "true"
  stream = popen("exit 0", "r");           //! SINK 50 `popen` "exit 0"
  if (stream) pclose(stream);
  bad += execl(name, name, (char*)0);      //! SINK 51 `execl` "/nonexistent/x"
  if (file < 0 && dir == NULL && bad == 0) abort();
}

static void Output(const char* text, size_t n) {
  FILE* null = fopen("/dev/null", "w");
  fwrite(text, 1, n, null);                //! SINK 61 `fwrite` "hel"
  fputs(text, null);                       //! SINK 62 `fputs` "hello"
  fprintf(null, "%zu\n", n);               //! SINK 63 `fprintf` "%zu\n"
  dprintf(-1, "%s!", text);                //! SINK 64 `dprintf` "%s!"
  printf("%s\n", text);                    //! SINK 65 `printf` "%s\n"
  puts(text);                              //! SINK 66 `puts` "hello"
  n += strlen(text);                       //! SINK 67 `strlen` "hello"
  n += (size_t)atoi(text);                 //! SINK 68 `atoi` "hello"
  n += (size_t)strtol(text, NULL, 0);      //! SINK 69 `strtol` "hello"
  n += strnlen(text, 2);                   //! SINK 70 `strnlen` "he"
  fclose(null);
}

int main(int argc, char** argv) {
  (void)argv;
  const char* volatile text = "hello";
  volatile size_t three = (size_t)argc + 2;
  Sources();
  Copies(text, three);
  Allocations(three);
  Files("/nonexistent/x");
  Output(text, three);
  return 0;
}
