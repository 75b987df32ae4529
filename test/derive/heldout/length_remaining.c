// CATEGORY: length-and-content
// WHY: The rest of the input behind a header is copied: the size is computed by subtraction and the
// pointer by addition. The header's constant part is copied by a constant size.
// INPUT: headBODY
#include <stdint.h>
#include <string.h>

struct Message {
  uint8_t head[4];
  uint8_t body[4096];
};

static struct Message g_message;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < sizeof g_message.head) return 0;
  const uint8_t* rest = data + sizeof g_message.head;
  size_t left = size - sizeof g_message.head;
  memcpy(g_message.head, "HEAD", 4);   // MUST-NOT a copy, copy-size
  memcpy(g_message.body, rest, left);  // MUST a copy, copy-size
  return 0;
}
