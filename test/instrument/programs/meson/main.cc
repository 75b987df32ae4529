// Reads a line and has it kept.

#include <cstdio>

#include "words.h"

int main() {
  char word[16] = "";
  if (!std::fgets(word, sizeof word, stdin)) return 1;
  return KeepWord(word) == 0;
}
