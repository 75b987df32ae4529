// CATEGORY: memory-copies
// WHY: A loop copies byte by byte what strcpy would copy; the copy is then a command. The position
// is bounded by the destination's size.
// ENV: COMMAND=true
#include <stdlib.h>

static char g_copy[256];
static char g_prepared[256] = "true";

int main(void) {
  const char* text = getenv("COMMAND");  // FLOW-SOURCE a
  if (text == NULL) return 1;
  unsigned at = 0;
  for (; at < sizeof g_copy - 1 && text[at] != 0; ++at) {  // MUST-NOT a index
    g_copy[at] = text[at];                                 // MUST-NOT a index
  }
  g_copy[at] = 0;                      // MUST-NOT a index
  int status = system(g_copy);         // MUST a command
  return status + system(g_prepared);  // MUST-NOT a command
}
