// CATEGORY: containers
// WHY: Characters of a string that came from the environment select entries of a table that is
// smaller than the range of a character. The string's first characters are found by constants.
// ENV: KEYS=abc
#include <cstdlib>
#include <string>

static int g_counts[128];

int main() {
  const char* value = getenv("KEYS");  // FLOW-SOURCE a
  if (value == nullptr) return 1;
  std::string keys(value);  // MAY a copy, copy-size, allocation-size
  if (keys.size() < 2) return 1;
  unsigned char key = static_cast<unsigned char>(keys[1]);  // MUST-NOT a index
  g_counts[key]++;                                          // MUST a index
  g_counts[static_cast<size_t>('a')]++;                     // MUST-NOT a index
  return 0;
}
