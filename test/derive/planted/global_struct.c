// CATEGORY: globals
// WHY: A global configuration has one field of the environment and one that is a constant; a
// command is made of the first, a file is opened by the second.
// ENV: COMMAND=true
#include <stdio.h>
#include <stdlib.h>

struct Configuration {
  const char* command;
  const char* log;
};

static struct Configuration g_configuration;

static void Load(void) {
  g_configuration.command = getenv("COMMAND");  // FLOW-SOURCE a
  g_configuration.log = "/dev/null";
}

static int Run(void) {
  if (g_configuration.command == NULL) return 1;
  FILE* log = fopen(g_configuration.log, "w");   // MUST-NOT a path
  int status = system(g_configuration.command);  // MUST a command
  if (log != NULL) fclose(log);
  return status;
}

int main(void) {
  Load();
  return Run();
}
