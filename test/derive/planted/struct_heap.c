// CATEGORY: struct-fields
// WHY: A reader object on the heap keeps the input's address and a position; a length field that
// the input sets is used for a copy, the capacity is not from the input.
// INPUT: \x03\x00xyz
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct Reader {
  const uint8_t* bytes;
  size_t left;
  size_t capacity;
  uint8_t* copy;
};

static struct Reader* NewReader(const uint8_t* bytes) {
  struct Reader* reader = calloc(1, sizeof *reader);  // MUST-NOT a allocation-size
  if (reader == NULL) abort();
  reader->bytes = bytes + 2;
  reader->left = bytes[0] | (size_t)bytes[1] << 8;
  reader->capacity = 60000;
  reader->copy = malloc(reader->capacity);  // MUST-NOT a allocation-size
  return reader;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Reader* reader = NewReader(data);
  memcpy(reader->copy, reader->bytes, reader->left);  // MUST a copy, copy-size
  int first = reader->copy[0];
  free(reader->copy);
  free(reader);
  return first == 1000;
}
