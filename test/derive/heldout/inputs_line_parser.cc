// CATEGORY: program-inputs
// WHY: A line of standard input is split at a colon; the number behind it sizes an array of new,
// the name in front is opened. An array of a constant size is harmless.
// INPUT: /dev/null:300\n
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  char line[256];
  if (fgets(line, sizeof line, stdin) == nullptr) return 1;  // FLOW-SOURCE a
  char* colon = strchr(line, ':');
  if (colon == nullptr) return 1;
  *colon = 0;  // MUST-NOT a index
  size_t count = std::strtoul(colon + 1, nullptr, 10);
  int* numbers = new int[count];  // MUST a allocation-size
  int* fixed = new int[16];       // MUST-NOT a allocation-size
  FILE* file = fopen(line, "r");  // MUST a path
  if (file != nullptr) fclose(file);
  int first = numbers == fixed;
  delete[] numbers;
  delete[] fixed;
  return first;
}
