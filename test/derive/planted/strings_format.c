// CATEGORY: strings
// WHY: The input is copied, ended by a NUL and printed: once as the format, once as an argument of
// a constant format.
// INPUT: plain text
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  char text[256];
  char line[512];
  if (size >= sizeof text) return 0;
  memcpy(text, data, size);                   // MUST a copy; MUST-NOT a copy-size
  text[size] = 0;                             // MUST-NOT a index
  snprintf(line, sizeof line, text, 0);       // MUST a format; MAY a copy
  snprintf(line, sizeof line, "[%s]", text);  // MUST-NOT a format; MAY a copy
  return line[0] == 1;
}
