// What both files of this program know.
#include <stddef.h>

struct Pool;
struct Pool* PoolCreate(size_t bytes);
size_t PoolUsed(const struct Pool* pool);
void PoolDestroy(struct Pool* pool);
