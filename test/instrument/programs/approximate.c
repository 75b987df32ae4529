// clang-format off
#include <string.h>

int main(int argc, char** argv) {
  char buf[16];
  size_t n = (size_t)argc + 3;
  (void)argv;
  memcpy(buf, "abcdef", n)               ;  //! SINK 1 `;` ~i64:4
  return buf[0] == 'a' ? 0               : 1;  //! INTERMEDIATE 1 `            :` ~hits:1
}
