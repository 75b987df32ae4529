// clang-format off
__attribute__((noinline)) static int Step(int i) {  //! INTERMEDIATE 1 `Step` hits:255
  if (i % 100 == 0) {                      //! INTERMEDIATE 2 `i % 100` hits:255
    return 2;                              //! INTERMEDIATE 3 `return 2` hits:3
  }
  int local = i;                           //! INTERMEDIATE 4 `local` hits:255
  return local * 2;                        //! INTERMEDIATE 5 `*` hits:255
}

__attribute__((naked)) void Naked(void) {
  __asm__("ret");                          //! INTERMEDIATE 6 `__asm__` missing
}

__attribute__((noinline)) int Never(int i) { return i; }  //! INTERMEDIATE 7 `return i` hits:0

// A copy for inlining; the function itself is in another file.
extern inline __attribute__((gnu_inline, always_inline)) int Elsewhere(int i) {
  return i + 1;                            //! INTERMEDIATE 8 `i + 1` missing
}

int main(int argc, char** argv) {          //! INTERMEDIATE 65536 `argv` outside
  volatile int sum = 0;
  for (int i = 0; i < 300; ++i) sum += Step(i);
  if (argc == 99) Naked();
  if (argc == 99) sum = Never(sum);
#ifdef __OPTIMIZE__  // only then there is such a copy
  if (argc == 99) sum = Elsewhere(sum);
#endif
  (void)argv;
  return 0;
}
