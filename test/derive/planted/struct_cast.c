// CATEGORY: struct-fields
// WHY: The input's bytes are taken for a struct with an array in front, and copied over another.
// INPUT: ABCD\x20\0\0\0\x10\0\0\0
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct Header {
  char magic[4];
  uint32_t length;
  uint32_t count;
};

static char g_raw[sizeof(struct Header)];
static int g_table[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < sizeof(struct Header)) return 0;
  const struct Header* header = (const struct Header*)data;
  if (memcmp(header->magic, "ABCD", 4) != 0) return 0;
  free(malloc(header->length));                // MUST a allocation-size
  memcpy(g_raw, data, sizeof g_raw);           // MAY a copy
  struct Header* copy = malloc(sizeof *copy);  // MUST-NOT a allocation-size
  if (copy == NULL) abort();
  memcpy(copy, g_raw, sizeof *copy);  // MAY a copy
  g_table[copy->count] = 1;           // MUST a index
  free(copy);
  return 0;
}
