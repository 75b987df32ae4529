// CATEGORY: overwritten
// WHY: A buffer that getenv's text was copied to is filled anew with a constant before it is a
// command; the copy itself is a flow.
// ENV: TEXT=abc
#include <stdlib.h>
#include <string.h>

static char g_command[4096];

int main(void) {
  const char* text = getenv("TEXT");  // FLOW-SOURCE a
  if (text == NULL) return 1;
  char local[8] = "xxxx";
  strcpy(g_command, text);  // MUST a copy; MAY a copy-size
  memset(local, 0, sizeof local);
  strcpy(local, "true");  // MUST-NOT a copy
  int length = g_command[0] == 'a';
  int status = system(local);  // MUST-NOT a command
  return status + length == 2000;
}
