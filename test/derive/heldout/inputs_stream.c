// CATEGORY: program-inputs
// WHY: fread fills a record whose number is an index, fgets a line that is a command. A buffer that
// only the program writes is a command, too, and harmless.
// INPUT: \x01\x02\x00\x00true\n
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int g_table[1 << 20];

int main(void) {
  uint32_t number = 0;
  char line[256];
  char own[16] = "true";
  if (fread(&number, sizeof number, 1, stdin) != 1) return 1;  // FLOW-SOURCE a
  g_table[number] = 1;                                         // MUST a index; MUST-NOT b index
  if (fgets(line, sizeof line, stdin) == NULL) return 1;       // FLOW-SOURCE b
  int status = system(line);                                   // MUST b command; MUST-NOT a command
  status += system(own);  // MUST-NOT b command; MUST-NOT a command
  return status;
}
