// CATEGORY: length-and-content
// WHY: The length of a string of the environment is allocated, and its text is copied there. The
// length of a constant string is not from outside.
// ENV: NAME=somebody
#include <stdlib.h>
#include <string.h>

int main(void) {
  const char* name = getenv("NAME");  // FLOW-SOURCE a
  const char* title = "Dr. ";
  if (name == NULL) return 1;
  size_t length = strlen(name);
  char* copy = malloc(length + 1);  // MUST a allocation-size
  if (copy == NULL) return 1;
  memcpy(copy, name, length + 1);           // MUST a copy; MAY a copy-size
  char* other = malloc(strlen(title) + 1);  // MUST-NOT a allocation-size
  if (other != NULL) strcpy(other, title);  // MUST-NOT a copy
  free(copy);
  free(other);
  return 0;
}
