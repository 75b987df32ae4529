// CATEGORY: dead-code
// WHY: The file has a command-line tool's function that reads its own input; nothing calls it from
// the fuzz entry, so its source and its sinks are not reached.
// INPUT: \x10\x00
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void* Reserve(size_t bytes) {
  return malloc(bytes);  // MUST a allocation-size; MUST-NOT b allocation-size
}

int ToolMain(void) {
  unsigned char line[8] = {0};
  if (fread(line, 1, sizeof line, stdin) < 2) return 1;  // FLOW-SOURCE b
  void* block = Reserve(line[0] * 256u);
  int status = system((const char*)line);  // MUST-NOT b command
  free(block);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  void* block = Reserve(data[0] | (size_t)data[1] << 8);
  free(block);
  return 0;
}
