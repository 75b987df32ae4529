// The second file of units_global.c.
unsigned g_shared;
static unsigned g_own = 2;
static int g_table[60000];

void UseShared(void);

void UseShared(void) {
  g_table[g_shared] = 1;  // MUST a index
  g_table[g_own] = 1;     // MUST-NOT a index
}
