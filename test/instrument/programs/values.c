// clang-format off
// What is reported where no library function is known. Marks: flow_cc_harness.h.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct Pair { int32_t a, b; };

static char table[8] = "abcdefg";
static volatile int zero;
static double half_of_four;

__attribute__((noinline)) int Next(int value) { return value + 1; }
__attribute__((noinline)) void Fill(char* to, int n) { for (int i = 0; i < n; ++i) to[i] = 'f'; }
__attribute__((noinline)) int Use(const char* from, int n) { return from[zero] + n; }
__attribute__((noinline)) int UseText(const char* from, int n) { return from[zero] + n; }
__attribute__((noinline)) int UsePointer(const void* from) { return from != NULL; }
__attribute__((noinline)) double Half(double value) { return value / 2; }
__attribute__((noinline)) int Seven(void) { return 7; }
__attribute__((noinline)) struct Pair MakePair(int a) { struct Pair pair = {a, a + 1}; return pair; }
__attribute__((noinline)) int Parameter(int number) { return number; } //! SOURCE 30 `number` i32:9
__attribute__((noinline))
int Entry(const char* text, int number) {  //! SOURCE 31 `Entry` i32:4 //! SINK 31 `int` i32:4
  return text[0] + number;
}
__attribute__((const, noinline)) int Pure(int x) { return x * 3; } //! SOURCE 32 `x * 3` i32:12

int main(int argc, char** argv) {
  (void)argc;
  char local[4] = {'w', 'x', 'y', 'z'};
  int32_t number = Next(4);                //! SOURCE 1 `Next(4)` i32:5
  number = Next(Next(number));             //! SOURCE 2 `Next(Next(number))` i32:7 //! SOURCE 3 `Next(number)` i32:6
  int64_t wide = number;                   //! SOURCE 4 `wide` i64:7
  number += zero;                          //! SOURCE 5 `zero` i32:0
  table[2] = (char)number;                 //! SINK 6 `=` i8:7
  Fill(local, 2);                          //! SOURCE 7 `Fill` "ffyz"
  number = Use(local + 1, 9);              //! SINK 8 `Use` "fyz"
  number = Use(&table[5], 9);              //! SINK 9 `Use` "fg\0"
  number = Use(&table[zero + 6], 9);       //! SINK 10 `Use` "g\0"
  number = UsePointer(&local[zero - 1]);   //! SINK 11 `UsePointer` ""
  number = UsePointer(&local[zero + 5]);   //! SINK 12 `UsePointer` ""
  number = UseText("literal", 9);          //! SINK 13 `UseText` i32:9
  char* heap = malloc(8);
  number = UsePointer(heap);               //! SINK 14 `UsePointer` pointer
  heap[0] = 'h';
  number = Use(heap, 8);                   //! SINK 15 `Use` i32:8
  half_of_four = __builtin_fabs(-2.0 * zero - 2); //! SINK 35 `__builtin_fabs` f64:2
  double half = Half(3.0);                 //! SOURCE 16 `Half` f64:1.5
  number = Seven();                        //! SINK 17 `Seven` i32:7
  struct Pair pair = MakePair(number);     //! SOURCE 18 `MakePair` i64:34359738375
  wide = pair.a + number;                  //! SINK 19 `pair.a + number` i64:14
  char* kept = heap;                       //! SINK 20 `kept` pointer
  kept = table;                            //! SINK 21 `=` "ab\7defg\0"
  number = Parameter(9);
  number = Entry("t", 4);
  number = Pure(4);                        //! SINK 33 `Pure` i32:4
  if (number > 3) number += (int)wide;     //! SINK 34 `number > 3` i1:1
  free(heap);
  printf("%d %g %d\n", kept[0], half, number);
  return 0;
}
