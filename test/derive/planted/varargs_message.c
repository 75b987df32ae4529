// CATEGORY: varargs
// WHY: A logging function hands its format on to vfprintf. It is called with a format of the
// environment and through another function with a constant format and tainted arguments.
// ENV: MESSAGE=%d items
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void Log(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);  // MUST a format
  va_end(arguments);
}

static void LogText(const char* text, int number) {
  fprintf(stderr, "%s: %d\n", text, number);  // MUST-NOT a format
}

int main(void) {
  const char* message = getenv("MESSAGE");  // FLOW-SOURCE a
  if (message == NULL) return 1;
  Log(message, 3);
  LogText(message, 4);
  return 0;
}
