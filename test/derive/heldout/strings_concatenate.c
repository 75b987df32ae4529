// CATEGORY: strings
// WHY: A command is put together by snprintf from a text of the environment, a path by strcat. The
// third string is made of constants only.
// ENV: NAME=/dev/null
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char command[256];
  char path[256] = "/";
  char log[64] = "/dev";
  const char* name = getenv("NAME");  // FLOW-SOURCE a
  if (name == NULL) return 1;
  snprintf(command, sizeof command, "test -e '%s'", name);  // MAY a copy; MUST-NOT a format
  int status = system(command);                             // MUST a command
  strcat(path, name);                                       // MUST a copy; MAY a copy-size
  FILE* file = fopen(path, "r");                            // MUST a path
  strcat(log, "/null");                                     // MUST-NOT a copy
  FILE* other = fopen(log, "r");                            // MUST-NOT a path
  if (file != NULL) fclose(file);
  if (other != NULL) fclose(other);
  return status;
}
