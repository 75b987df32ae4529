// CATEGORY: memory-copies
// WHY: A header struct is filled by memcpy from the input, as parsers do; one of its fields is then
// allocated. A field that the program sets after the copy is not of the input.
// INPUT: \x10\x20\x00\x00\x01\x00\x00\x00
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct Header {
  uint32_t length;
  uint32_t version;
};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  struct Header header;
  if (size < sizeof header) return 0;
  memcpy(&header, data, sizeof header);  // MAY a copy; MUST-NOT a copy-size
  header.version = 3;
  void* body = malloc(header.length);           // MUST a allocation-size
  void* table = malloc(header.version * 16ul);  // MUST-NOT a allocation-size
  free(body);
  free(table);
  return 0;
}
