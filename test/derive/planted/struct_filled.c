// CATEGORY: struct-fields
// WHY: Structs with an array in front are filled from outside as a whole: by a constant number of
// bytes, by several elements at once, by a helper that is told how many. What is read into the
// array alone leaves the field behind it.
// INPUT: ABCD\x20\0\0\0ABCD\x21\0\0\0ABCD\x22\0\0\0ABCD\x23\0\0\0ABCD
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct Header {
  char magic[4];
  uint32_t length;
};

static struct Header g_part = {"", 40};

__attribute__((noinline)) static int ReadAll(void* to, size_t size) {
  char* at = to;
  while (size > 0) {
    size_t got = fread(at, 1, size, stdin);  // FLOW-SOURCE c; MAY c index, copy-size
    if (got == 0) return 0;
    at += got;  // MAY c index
    size -= got;
  }
  return 1;
}

static void Use(void* block) {
  if (block == NULL) abort();
  free(block);
}

int main(void) {
  struct Header one, several[2], last;
  if (fread(&one, sizeof one, 1, stdin) != 1) return 0;            // FLOW-SOURCE a
  Use(malloc(one.length));                                         // MUST a allocation-size
  if (fread(several, sizeof several[0], 2, stdin) != 2) return 0;  // FLOW-SOURCE b
  Use(malloc(several[1].length));                                  // MUST b allocation-size
  if (!ReadAll(&last, sizeof last)) return 0;
  Use(malloc(last.length));                                               // MUST c allocation-size
  if (fread(g_part.magic, 1, sizeof g_part.magic, stdin) != 4) return 0;  // FLOW-SOURCE d
  Use(malloc(g_part.length));  // MUST-NOT d allocation-size
  return g_part.magic[0] == 1;
}
