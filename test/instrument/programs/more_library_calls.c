// clang-format off
// Further rows of the table of library calls, one of each at least. Reads "12 word 3.5 c rest\n" from
// standard input; argument 1 is "first". Marks: flow_cc_harness.h.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

static char buf[64], out[256];
static char* const kNoEnvironment[] = {NULL};
static char* const kNoArguments[] = {"x", NULL};

static void Scan(void) {
  int number = 0;
  char word[16] = "";
  double real = 0;
  char c = 0;
  char* allocated = NULL;
  int n = scanf("%d", &number);                  //! SOURCE 1 `scanf` i32:12 //! SINK 1 `scanf` "%d"
  n = fscanf(stdin, "%15s", word);               //! SOURCE 2 `fscanf` "word" //! SOURCE 8 [text] `fscanf` "word" //! SINK 2 `fscanf` "%15s"
  n = scanf("%lf %c", &real, &c);                //! SOURCE 3 `scanf` f64:3.5
  n = sscanf("7 ab", "%*d %ms", &allocated);     //! SOURCE 4 `sscanf` "ab" //! SINK 4 `sscanf` "7 ab"
  n = sscanf("x", "%d", &number);                //! SOURCE 5 `sscanf` ""
  n = sscanf("5", out + n, &number);             //! SOURCE 6 `sscanf` i32:0
  n = sscanf("hello world", "%*s%n%ms", &number, &allocated);  //! SOURCE 7 `sscanf` "world"
  free(allocated);
}

static void Input(const char* value) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) abort();
  ssize_t n = write(pair[0], "abcdefgh", 8);
  struct iovec vector[2] = {{buf, 4}, {out, 2}};
  n = readv(pair[1], vector, 2);                 //! SOURCE 10 `readv` "abcd"
  struct msghdr message = {.msg_iov = vector, .msg_iovlen = 2};
  n = recvmsg(pair[1], &message, 0);             //! SOURCE 11 `recvmsg` "gh"
  n = recvmsg(-1, &message, 0);                  //! SOURCE 12 `recvmsg` "" //! SOURCE 39 [text] `recvmsg` ""
  n = sendto(pair[0], buf, 2, 0, NULL, 0);       //! SINK 12 `sendto` "gh"
  n = readlinkat(AT_FDCWD, "/proc/self/cwd", out, 1);  //! SOURCE 13 `readlinkat` "/"
  FILE* in = fdopen(pair[1], "r");
  n = write(pair[0], "pqr;s", 5);
  n = getc_unlocked(in);                         //! SOURCE 14 `getc_unlocked` i32:103
  n = fgetc_unlocked(in);                        //! SOURCE 15 `fgetc_unlocked` i32:104
  char* line = NULL;
  size_t room = 0;
  n = getdelim(&line, &room, ';', in);           //! SOURCE 16 `getdelim` "pqr;" //! SOURCE 38 [text] `getdelim` "pqr;"
  free(line);
  char* text = secure_getenv("FLOW_TEST_VALUE"); //! SOURCE 17 `secure_getenv` "from outside" //! SINK 18 `secure_getenv` "FLOW_TEST_VALUE"
  text = getcwd(out, sizeof out);
  if (chdir("/")) abort();
  text = getcwd(out, sizeof out);                //! SOURCE 19 `getcwd` "/"
  text = strndup(value, 3);                      //! SOURCE 20 `strndup` "val" //! SINK 20 `strndup` "val"
  char parts[] = "a,b;c";
  text = strtok(parts, ",");                     //! SOURCE 21 `strtok` "a"
  text = parts + 2;
  text = strsep(&text, ";");                     //! SOURCE 22 `strsep` "b"
  n = getchar();                                 //! SOURCE 24 `getchar` i32:32
  n = getchar_unlocked();                        //! SOURCE 25 `getchar_unlocked` i32:114
  (void)text;
}

// Calls that fail or store nothing, of pointers that must not be followed then.
static void Nothing(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) abort();
  ssize_t n = write(pair[0], "12345", 5);
  n = recv(pair[1], out, 2, MSG_PEEK | MSG_TRUNC);      //! SOURCE 26 `recv` "12"
  struct msghdr none = {0};
  n = recvmsg(pair[1], &none, MSG_PEEK | MSG_TRUNC);    //! SOURCE 27 `recvmsg` ""
  n = recvmsg(-1, NULL, 0);                             //! SOURCE 28 `recvmsg` ""
  n = readv(pair[1], NULL, 0);                          //! SOURCE 29 `readv` ""
  size_t room = 0;
  n = getline(NULL, &room, stdin);                      //! SOURCE 36 `getline` ""
  char* text = (char*)1;
  n = asprintf(&text, "%ls", L"\x7fffffff");            //! SOURCE 37 `asprintf` ""
  (void)n;
}

static void Allocate(size_t n) {
  char* p = aligned_alloc(16, n * 16);           //! SINK 30 `aligned_alloc` i64:48 //! SOURCE 30 `aligned_alloc` pointer
  p = realloc(p, n + 2);                         //! SOURCE 31 `realloc` pointer
  p = reallocarray(p, n, 5);                     //! SINK 32 `reallocarray` i64:15
  p = memalign(32, n);                           //! SINK 33 `memalign` i64:3
  p = valloc(n + 1);                             //! SINK 34 `valloc` i64:4
  p = mmap(NULL, n * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);  //! SINK 35 `mmap` i64:12288
  (void)p;
}

static void Formats(const char* format, ...) {
  FILE* null = fopen("/dev/null", "w");
  va_list args;
  char* text = NULL;
  va_start(args, format); vfprintf(null, format, args); va_end(args);   //! SINK 40 `vfprintf` "%d f"
  va_start(args, format); vdprintf(-1, format, args); va_end(args);     //! SINK 41 `vdprintf` "%d f"
  va_start(args, format); vsprintf(out, format, args); va_end(args);    //! SINK 42 `vsprintf` "%d f" //! SOURCE 42 `vsprintf` "9 f"
  va_start(args, format); vprintf(format, args); va_end(args);          //! SINK 43 `vprintf` "%d f"
  va_start(args, format);
  int n = vasprintf(&text, format, args);        //! SINK 44 `vasprintf` "%d f" //! SOURCE 44 `vasprintf` "9 f"
  va_end(args);
  free(text);
  n = asprintf(&text, "<%s>", format);           //! SINK 45 `asprintf` "<%s>" //! SOURCE 45 `asprintf` "<%d f>"
  free(text);
  syslog(LOG_DEBUG, "%s", format);               //! SINK 46 `syslog` "%s"
  (fwrite_unlocked)(format, 2, 1, null);         //! SINK 47 `(fwrite_unlocked)` "%d"
  fputs_unlocked(format, null);                  //! SINK 48 `fputs_unlocked` "%d f"
  n = (int)pwrite(-1, format, 3, 0);             //! SINK 49 `pwrite` "%d "
  fclose(null);
}

static void Paths(const char* path) {
  struct stat info;
  struct statx extended;
  struct statfs fs;
  struct statvfs vfs;
  pid_t child;
  int bad = creat(path, 0600);                   //! SINK 50 `creat` "/nonexistent/x"
  FILE* stream = freopen(path, "r", fopen("/dev/null", "r"));  //! SINK 51 `freopen` "/nonexistent/x"
  bad += unlinkat(AT_FDCWD, path, 0);            //! SINK 52 `unlinkat` "/nonexistent/x"
  bad += renameat(AT_FDCWD, path, AT_FDCWD, "/nonexistent/y");  //! SINK 53 `renameat` "/nonexistent/x"
  bad += link(path, path);                       //! SINK 54 `link` "/nonexistent/x"
  bad += symlink(path, path);                    //! SINK 55 `symlink` "/nonexistent/x"
  bad += mkdir(path, 0700);                      //! SINK 56 `mkdir` "/nonexistent/x"
  bad += mkdirat(AT_FDCWD, path, 0700);          //! SINK 57 `mkdirat` "/nonexistent/x"
  bad += rmdir(path);                            //! SINK 58 `rmdir` "/nonexistent/x"
  bad += chdir(path);                            //! SINK 59 `chdir` "/nonexistent/x"
  bad += chroot(path);                           //! SINK 60 `chroot` "/nonexistent/x"
  bad += fchmodat(AT_FDCWD, path, 0, 0);         //! SINK 61 `fchmodat` "/nonexistent/x"
  bad += chown(path, 0, 0);                      //! SINK 62 `chown` "/nonexistent/x"
  bad += lchown(path, 0, 0);                     //! SINK 63 `lchown` "/nonexistent/x"
  bad += fchownat(AT_FDCWD, path, 0, 0, 0);      //! SINK 64 `fchownat` "/nonexistent/x"
  bad += truncate(path, 0);                      //! SINK 65 `truncate` "/nonexistent/x"
  bad += access(path, R_OK);                     //! SINK 66 `access` "/nonexistent/x"
  bad += faccessat(AT_FDCWD, path, R_OK, 0);     //! SINK 67 `faccessat` "/nonexistent/x"
  bad += lstat(path, &info);                     //! SINK 68 `lstat` "/nonexistent/x"
  bad += fstatat(AT_FDCWD, path, &info, 0);      //! SINK 69 `fstatat` "/nonexistent/x"
  bad += statx(AT_FDCWD, path, 0, 0, &extended); //! SINK 70 `statx` "/nonexistent/x"
  bad += statfs(path, &fs);                      //! SINK 71 `statfs` "/nonexistent/x"
  bad += statvfs(path, &vfs);                    //! SINK 72 `statvfs` "/nonexistent/x"
  bad += execle(path, path, NULL, kNoEnvironment);  //! SINK 73 `execle` "/nonexistent/x"
  bad += execlp(path, path, NULL);               //! SINK 74 `execlp` "/nonexistent/x"
  bad += execv(path, kNoArguments);              //! SINK 75 `execv` "/nonexistent/x"
  bad += execve(path, kNoArguments, kNoEnvironment);  //! SINK 76 `execve` "/nonexistent/x"
  bad += execvp(path, kNoArguments);             //! SINK 77 `execvp` "/nonexistent/x"
  bad += execvpe(path, kNoArguments, kNoEnvironment);  //! SINK 78 `execvpe` "/nonexistent/x"
  bad += posix_spawn(&child, path, NULL, NULL, kNoArguments, kNoEnvironment);   //! SINK 79 `posix_spawn` "/nonexistent/x"
  bad += posix_spawnp(&child, path, NULL, NULL, kNoArguments, kNoEnvironment);  //! SINK 80 `posix_spawnp` "/nonexistent/x"
  if (dlopen(path, RTLD_NOW) != NULL || stream != NULL) bad = 0;  //! SINK 81 `dlopen` "/nonexistent/x"
}

static size_t Text(const char* text, size_t n) {
  char* end = NULL;
  n += strcmp(text, "12") != 0;                  //! SINK 90 `strcmp` "12ab"
  n += strncmp(text, "12", 2) != 0;              //! SINK 91 `strncmp` "12"
  n += strcasecmp(text, "12") != 0;              //! SINK 92 `strcasecmp` "12ab"
  n += strncasecmp(text, "12", 3) != 0;          //! SINK 93 `strncasecmp` "12a"
  n += memcmp(text, "12xx", 4) != 0;             //! SINK 94 `memcmp` "12ab"
  n += strchr(text, 'a') != NULL;                //! SINK 95 `strchr` "12ab"
  n += strrchr(text, 'a') != NULL;               //! SINK 96 `strrchr` "12ab"
  n += strstr(text, "a") != NULL;                //! SINK 97 `strstr` "12ab"
  n += memchr(text, 'a', 2) != NULL;             //! SINK 98 `memchr` "12"
  n += strspn(text, "12");                       //! SINK 99 `strspn` "12ab"
  n += strcspn(text, "b");                       //! SINK 100 `strcspn` "12ab"
  n += strpbrk(text, "ab") != NULL;              //! SINK 101 `strpbrk` "12ab"
  n += (size_t)atol(text);                       //! SINK 102 `atol` "12ab"
  n += (size_t)atoll(text);                      //! SINK 103 `atoll` "12ab"
  n += (size_t)atof(text);                       //! SINK 104 `atof` "12ab"
  n += strtoul(text, &end, 0);                   //! SINK 105 `strtoul` "12ab"
  n += (size_t)strtoll(text, &end, 0);           //! SINK 106 `strtoll` "12ab"
  n += (size_t)strtoull(text, &end, 0);          //! SINK 107 `strtoull` "12ab"
  n += (size_t)strtoimax(text, &end, 0);         //! SINK 108 `strtoimax` "12ab"
  n += (size_t)strtoumax(text, &end, 0);         //! SINK 109 `strtoumax` "12ab"
  n += (size_t)strtod(text, &end);               //! SINK 110 `strtod` "12ab"
  n += (size_t)strtof(text, &end);               //! SINK 111 `strtof` "12ab"
  n += (size_t)strtold(text, &end);              //! SINK 112 `strtold` "12ab"
  stpncpy(buf, text, 3);                         //! SINK 113 `stpncpy` "12a"
  return n;
}

int main(int argc, char** argv) {                //! SOURCE 120 `argv` "first" //! SOURCE 121 `argc` i32:2
  volatile size_t three = (size_t)argc + 1;
  const char* volatile text = "12ab";
  Scan();
  Input("value");
  Nothing();
  const char* given = argv[1];                   //! SOURCE 23 `argv[1]` "first"
  Allocate(three);
  Formats("%d f", 9);
  Paths("/nonexistent/x");
  return Text(text, three) == 0 || given == NULL;
}
