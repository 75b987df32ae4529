// clang-format off
// What is reported of expressions as sinks, and what a label chooses. Marks: flow_cc_harness.h.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Cell { int32_t a; uint8_t b; };
struct Board { struct Cell cells[8]; struct Cell* more; };

static struct Board board;
static int32_t numbers[16];
static char text[16] = "some text";
static char copy[16];
static volatile int zero;

__attribute__((noinline)) static int Accesses(int i, uint8_t small, size_t wide, int* p, struct Board* s) {
  int sum = numbers[i];                      //! SINK 1 `numbers[i]` i32:3 //! SOURCE 1 `numbers[i]` i32:30
  sum += numbers[small];                     //! SINK 2 `numbers[small]` i8:4
  sum += numbers[wide];                      //! SINK 3 `numbers[wide]` i64:5
  sum += p[i];                               //! SINK 4 `p[i]` i32:3
  sum += *(p + i);                           //! SINK 5 `*(p + i)` i32:3
  sum += s->cells[i].b;                      //! SINK 6 `s->cells[i].b` i32:3
  sum += s->more[wide].a;                    //! SINK 7 `s->more[wide].a` i64:5
  numbers[i] = sum;                          //! SINK 8 `numbers[i]` i32:3
  numbers[i] = 30;                           //! SINK 9 `=` i32:30 //! SINK 10 [index] `numbers[i] = 30` i32:3
  s->cells[small].a = sum;                   //! SINK 11 [index] `s->cells[small].a = sum` i8:4
  p[wide] += 1;                              //! SINK 12 [index] `p[wide] += 1` i64:5
  sum += numbers[2];                         //! SINK 13 `numbers[2]` i32:20 //! SINK 14 [index] `numbers[2]` i64:2
  sum += numbers[i];                         //! SINK 15 [value] `numbers[i]` i32:30
  int* q = &numbers[i + 1];                  //! SINK 16 `&numbers[i + 1]` i32:4
  sum += s->cells[0].a;                      //! SINK 17 `s->cells[0].a` i32:7
  return sum + *q;
}

__attribute__((noinline)) static int Divisions(int a, int b, unsigned c, double d) {
  int sum = a / b;                           //! SINK 20 `a / b` i32:3
  sum += a % b;                              //! SINK 21 `a % b` i32:3
  sum += (int)(c / 4u);                      //! SINK 22 `c / 4u` i32:4
  sum += (int)(10.0 / d);                    //! SINK 23 `10.0 / d` f64:2.5
  sum /= b + 1;                              //! SINK 24 [divisor] `sum /= b + 1` i32:4
  sum += a / b;                              //! SINK 25 [value] `a / b` i32:3 //! SOURCE 25 `a / b` i32:3
  return sum;
}

__attribute__((noinline)) static int Loops(int n, size_t size, const char* from, const char* end) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += i;      //! SINK 30 `i < n` i32:2 then i32:2 then i32:2
  for (int i = 0; n > i; i++) sum += i;      //! SINK 31 `n > i` i32:2 then i32:2 then i32:2
  size_t k = 0;
  while (k < size) k += 2;                   //! SINK 32 `k < size` i64:3 then i64:3 then i64:3
  do k--; while (k > size - 1);              //! SINK 33 `k > size - 1` i64:2 then i64:2
  for (int i = 0; i < 2; i++) sum += i;      //! SINK 34 `i < 2` i1:1 then i1:1 then i1:0 //! SINK 35 [bound] `i < 2` i32:2 then i32:2 then i32:2
  if (n > 1) sum++;                          //! SINK 36 `n > 1` i1:1 //! SINK 37 [bound] `n > 1` i32:1
  while (from < end) from++;                 //! SINK 38 `from < end` pointer then pointer then pointer
  return sum + (int)k;
}

__attribute__((noinline)) static int Labels(const char* from, char* heap, size_t n, int number) {
  memcpy(copy, from, n);                     //! SINK 40 [size] `memcpy` i64:4 //! SINK 41 [bytes] `memcpy` "some" //! SINK 42 [argument:2] `memcpy` i64:4
  memcpy(copy, from, n);                     //! SOURCE 43 [size] `memcpy` i64:4 //! SINK 44 [text] `memcpy` "some"
  memcpy(copy, text + 5, n);                 //! SINK 45 [argument:1] `memcpy` "text\0\0\0\0\0\0\0"
  heap = strcpy(heap, from);                 //! SOURCE 46 [text] `strcpy` "some text" //! SOURCE 47 [value] `strcpy` pointer
  number += printf("%s\n", from);            //! SINK 48 [argument:1] `printf` pointer //! SINK 49 [text] `printf` "%s\n" //! SINK 50 [value] `printf` i32:10
  const char* kept = from;                   //! SINK 52 [text] `kept` "some text"
  number += atoi(kept);                      //! SINK 53 [text] `kept` "some text" //! SINK 54 [index] `atoi(kept)` "some text"
  heap = realloc(heap, n * 8);               //! SINK 55 [size] `realloc` i64:32 //! SOURCE 56 [size] `realloc` i64:32
  number += (int)strlen(copy);               //! SINK 57 [divisor] `strlen` "text" //! SINK 58 [nonsense] `strlen` "text"
  char buffer[8] = "buffer";                 //! SINK 59 [text] `buffer` "buffer"
  number += number + buffer[number & 1];     //! SINK 60 [index] `buffer[number & 1]` i32:1
  free(heap);
  return number;
}

int main(int argc, char** argv) {
  (void)argv;
  for (int i = 0; i < 16; i++) numbers[i] = i * 10;
  struct Cell more[8];
  memset(more, 0, sizeof more);
  board.more = more;
  board.cells[0].a = 7;
  int sum = Accesses(argc + 2, 4, 5, numbers, &board);
  sum += Divisions(9 + zero, 3, 17, 2.5);
  sum += Loops(2 + zero, 3, text, text + 2);
  sum += Labels(text, malloc(32), 4, argc);
  printf("%d\n", sum);
  return 0;
}
