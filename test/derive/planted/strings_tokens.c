// CATEGORY: strings
// WHY: Text is cut into words by functions that keep where they are: the later calls are not given
// the text again. The words of a constant text are harmless.
// INPUT: a true false\n
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char line[100];
  char fixed[] = "true false";
  char* save = NULL;
  if (fgets(line, sizeof line, stdin) == NULL) return 1;  // FLOW-SOURCE a
  char* again = strdup(line);
  char* third = strdup(line);
  char* word = strtok(line, " ");
  word = strtok(NULL, " ");
  if (word != NULL) system(word);  // MUST a command
  strtok_r(again, " ", &save);
  word = strtok_r(NULL, " ", &save);
  if (word != NULL) system(word);  // MUST a command
  char* rest = third;
  strsep(&rest, " ");
  char* next = rest;
  word = strsep(&next, " ");
  if (word != NULL) system(word);  // MUST a command
  char* other = fixed;
  strsep(&other, " ");
  word = strsep(&other, " ");
  if (word != NULL) system(word);  // MUST-NOT a command
  for (char* from = fixed; (word = strtok_r(from, " ", &save)) != NULL; from = NULL) {
    system(word);  // MAY a command
  }
  free(again);
  free(third);
  return 0;
}
