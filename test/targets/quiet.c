/* Carries the runtime and never reports anything. */

#include <flowmon.h>
#include <unistd.h>

int main(int argc, char** argv) {
  char input[64];
  const long size = read(0, input, sizeof(input));
  if (argc > 1000) FLOW_SOURCE(argv[0], 1, 1);
  return size > 1 && input[0] == 'a' && input[1] == 'b';
}
