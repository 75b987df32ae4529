// CATEGORY: program-inputs
// WHY: The first argument is a path and the second a command of execlp. Which arguments there are
// is checked; the program's constant path is harmless.
// ARGS: /dev/null true
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {  // FLOW-SOURCE a
  if (argc < 3) return 1;
  int own = open("/dev/null", O_RDONLY);  // MUST-NOT a path
  const char* path = argv[1];             // FLOW-SOURCE a
  int file = open(path, O_RDONLY);        // MUST a path
  if (own < 0 || file < 0) return 2;
  const char* program = argv[2];                // FLOW-SOURCE a
  execlp(program, program, (const char*)NULL);  // MUST a command
  return 3;
}
