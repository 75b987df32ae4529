// CATEGORY: function-pointers
// WHY: qsort() gives pointers into the array to its comparator, and nothing else: what the array
// holds is not from the input, but how many of it are sorted. The other array is from the input.
// INPUT: \x03ab\0\0cd\0\0
#include <stdio.h>
#include <stdlib.h>

static int g_fixed[50] = {3, 2, 1};
static unsigned g_input[2];
static int g_ranks[70000];

static int ByRank(const void* a, const void* b) {
  return g_ranks[*(const int*)a] - g_ranks[*(const int*)b];  // MUST-NOT a index
}

static int ByInput(const void* a, const void* b) {
  return g_ranks[*(const unsigned*)a % 256] - g_ranks[*(const unsigned*)b >> 8];  // MUST b index
}

int main(void) {
  int count = getchar();  // FLOW-SOURCE a
  qsort(g_fixed, (size_t)count, sizeof *g_fixed, ByRank);
  if (fread(g_input, sizeof g_input, 1, stdin) != 1) return 0;  // FLOW-SOURCE b
  qsort(g_input, 2, sizeof *g_input, ByInput);
  return 0;
}
