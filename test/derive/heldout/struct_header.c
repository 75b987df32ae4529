// CATEGORY: struct-fields
// WHY: Two fields of a header come from the input, one is a constant; each is used by its own copy.
// INPUT: \x04\x00\x05\x00abcdefghij
#include <stdint.h>
#include <string.h>

struct Header {
  uint16_t length;
  uint16_t version;
  uint16_t limit;
};

static uint8_t g_body[60000];
static const uint8_t kPattern[60000] = {1, 2, 3};

static void Parse(struct Header* header, const uint8_t* data) {
  header->length = (uint16_t)(data[0] | data[1] << 8);
  header->version = (uint16_t)(data[2] | data[3] << 8);
  header->limit = 32;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 8) return 0;
  struct Header header;
  Parse(&header, data);
  memcpy(g_body, kPattern, header.length);  // MUST a copy-size; MUST-NOT a copy
  memcpy(g_body, kPattern, header.limit);   // MUST-NOT a copy-size, copy
  return 100 / header.version == 7;         // MUST a division
}
