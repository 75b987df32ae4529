// CATEGORY: dead-code
// WHY: A number is read, but only the constant member of the pair is used as an index; the number
// itself goes to a harmless function. A pointer to the dangerous function is never called.
// INPUT: \x01\x02
#include <stddef.h>
#include <stdint.h>

struct Pair {
  unsigned used;
  unsigned unused;
};

static int g_table[60000];
static volatile unsigned g_seen;

static void Dangerous(unsigned number) { g_table[number] = 1; }  // MUST-NOT a index
static void Harmless(unsigned number) { g_seen = number; }

typedef void (*Action)(unsigned);
Action g_spare = Dangerous;

static struct Pair Read(const uint8_t* data) {
  struct Pair pair = {3, data[0] * 256u + data[1]};
  return pair;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  struct Pair pair = Read(data);
  Action action = Harmless;
  action(pair.unused);
  g_table[pair.used] = 1;               // MUST-NOT a index
  g_table[data[0] * 250u + data[1]]++;  // MUST a index
  return 0;
}
