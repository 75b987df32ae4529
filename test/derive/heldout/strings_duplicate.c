// CATEGORY: strings
// WHY: strdup's copy is cut by strtok or searched by strchr, and a part of it is opened and a part
// is run. What is used as the mode is constant.
// ENV: TARGET=/dev/null:true
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  const char* target = getenv("TARGET");  // FLOW-SOURCE a
  if (target == NULL) return 1;
  char* copy = strdup(target);  // MAY a copy, allocation-size, copy-size
  if (copy == NULL) return 1;
  char* colon = strchr(copy, ':');
  int status = 0;
  if (colon != NULL) {
    *colon = 0;                     // MUST-NOT a index
    FILE* file = fopen(copy, "r");  // MUST a path
    status = system(colon + 1);     // MUST a command
    if (file != NULL) fclose(file);
  }
  free(copy);
  return status;
}
