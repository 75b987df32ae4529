// CATEGORY: globals
// WHY: read() fills a global that nothing else writes to, and no pointer to it is ever stored. The
// other global keeps what it was set to.
// INPUT: \x06\x01\0\0
#include <unistd.h>

static unsigned g_numbers[4];
static unsigned g_fixed[4] = {1, 2, 3, 4};
int g_cells[60000];

int main(void) {
  if (read(0, g_numbers, sizeof g_numbers) < 4) return 0;  // FLOW-SOURCE a
  g_cells[g_numbers[0]] = 1;                               // MUST a index
  g_cells[g_fixed[0]] = 1;                                 // MUST-NOT a index
  return 0;
}
