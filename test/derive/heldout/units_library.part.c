// The second file of units_library.c.
#include "units_library.h"

#include <stdlib.h>

struct Pool {
  char* block;
  size_t bytes;
};

struct Pool* PoolCreate(size_t bytes) {
  struct Pool* pool = malloc(sizeof *pool);  // MUST-NOT a allocation-size
  if (pool == NULL) abort();
  pool->block = malloc(bytes);  // MUST a allocation-size
  pool->bytes = bytes;
  return pool;
}

size_t PoolUsed(const struct Pool* pool) {
  size_t used = 0;
  for (size_t i = 0; i < pool->bytes; ++i) {  // MUST a loop-bound
    used += pool->block != NULL;
  }
  return used;
}

void PoolDestroy(struct Pool* pool) {
  free(pool->block);
  free(pool);
}
