// CATEGORY: sanitized
// WHY: A byte fits a buffer of 256, but not behind a pointer into it: what is left there is less.
// Where a pointer was moved by an unknown number nothing is known; and a copied text is as long as
// the text, not as the limit.
// INPUT: \x05\x07\x02abcdefghijklmnop
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char buffer[256];
static char* inner = buffer;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 12) return 0;
  char* rest = buffer + 200;
  memcpy(rest, data, data[0]);    // MUST a copy, copy-size
  rest[data[1]] = 1;              // MUST a index
  rest[data[1] & 31] = 2;         // MUST-NOT a index
  memcpy(buffer, data, data[2]);  // MUST a copy; MUST-NOT a copy-size
  buffer[data[1]] = 3;            // MUST-NOT a index
  inner += size > 40;
  inner[data[2]] = 4;  // MUST a index
  char* text = strndup(buffer, 256);
  text[data[2]] = 5;  // MUST a index
  free(text);
  return 0;
}
