/* A target whose every run takes about the same time, so that two campaigns with the same seed do
 * the same: AFL++ weighs queue entries by their speed. Splits standard input into words. Database:
 * words.flowdb. */

#include <string.h>
#include <unistd.h>

#include "flowmon.h"

static int IsLetter(unsigned char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

int main(void) {
  static unsigned char text[4096];
  ssize_t n = read(0, text, sizeof(text));
  size_t size = n > 0 ? (size_t)n : 0;
  int words = 0;
  FLOW_SOURCE(text, size, 1);
  for (size_t i = 0; i < size;) {
    size_t start = i;
    while (i < size && IsLetter(text[i])) ++i;
    if (i == start) {
      if (text[i] == '=') FLOW_HIT(1);
      if (text[i] == ' ') FLOW_HIT(2);
      ++i;
      continue;
    }
    ++words;
    FLOW_SINK(text + start, i - start, 1);
    if (i - start == 3 && !memcmp(text + start, "get", 3)) FLOW_HIT(3);
    if (i - start == 3 && !memcmp(text + start, "put", 3)) FLOW_HIT(4);
  }
  if (words > 8) return 2;
  return words > 3;
}
