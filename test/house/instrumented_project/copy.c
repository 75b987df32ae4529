/* Copies standard input: source and sink 1 of copy.flowdb. */
#include <string.h>
#include <unistd.h>

int main(void) {
  char input[64], copy[64];
  ssize_t size = read(0, input, sizeof(input));
  if (size < 1) return 0;
  memcpy(copy, input, (size_t)size);
  return copy[0] == 'x' && copy[size - 1] == 'y';
}
