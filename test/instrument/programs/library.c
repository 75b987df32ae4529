/* A library of which a process loads two: -DPART=A is WorkA() in liba.so, B the other. Both report
 * an event and count in a loop; so they do when they are loaded and unloaded. */

#define PASTE(a, b) a##b
#define NAME(a, b) PASTE(a, b)

static volatile int values[4];

void NAME(Work, PART)(void);
void NAME(Work, PART)(void) {
  for (int i = 0; i < 3; ++i) {
    values[i] = i; /* an intermediate */
  }
  values[3] = 7; /* a source in A, a sink in B */
}

__attribute__((constructor)) static void Load(void) { NAME(Work, PART)(); }
