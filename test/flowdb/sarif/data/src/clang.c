#include <stdio.h>
#include <stdlib.h>
static int table[16];
static int use(int i) { return table[i]; }
int run(void) {
  int n = 0;
  if (scanf("%d", &n) != 1) return 1;
  return use(n + 1);
}
int main(void) {
  char text[20];
  if (!fgets(text, sizeof text, stdin)) return 1;
  system(text);
  return run();
}
