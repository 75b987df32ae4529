// CATEGORY: strings
// WHY: Texts of numbers are converted; one is an index, one a count of a calloc. The number of a
// constant text is harmless.
// ARGS: 17 33
#include <stdlib.h>

static int g_table[60000];

int main(int argc, char** argv) {  // FLOW-SOURCE a
  if (argc < 3) return 1;
  long slot = strtol(argv[1], NULL, 10);  // FLOW-SOURCE a
  size_t count = (size_t)atoi(argv[2]);   // FLOW-SOURCE a
  g_table[slot] = 1;                      // MUST a index
  void* items = calloc(count, 16);        // MUST a allocation-size
  g_table[atoi("12")] = 1;                // MUST-NOT a index
  int found = items != NULL;
  free(items);
  return found == 2;
}
