// CATEGORY: program-inputs
// WHY: Two variables of the environment: one is a directory that is opened, one is a format.
// Neither goes where the other goes.
// ENV: DIRECTORY=/dev/null
// ENV: FORMAT=%d
#include <stdio.h>
#include <stdlib.h>

static const char* Setting(const char* value, const char* otherwise) {
  return value != NULL ? value : otherwise;
}

int main(void) {
  const char* directory = Setting(getenv("DIRECTORY"), "/");  // FLOW-SOURCE a
  const char* format = Setting(getenv("FORMAT"), "%x");       // FLOW-SOURCE b
  FILE* file = fopen(directory, "r");                         // MUST a path; MUST-NOT b path
  if (file == NULL) return 1;
  fclose(file);
  fprintf(stderr, format, 5);  // MUST b format; MUST-NOT a format
  fprintf(stderr, "%d\n", 5);  // MUST-NOT a format; MUST-NOT b format
  return 0;
}
