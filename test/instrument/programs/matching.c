// clang-format off
// Locations that have no code of their own, or share their columns with other code. Marks: flow_cc_harness.h.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 7
#define AS_INT(x) ((int)(x))
#define SUM(a, b) ((a) + (b))
#define STORE(to, value) do { (to) = (value); } while (0)

struct Node { int32_t value; struct Node* next; int32_t array[4]; };

static int Twice(int x) { return 2 * x; }
static int Pair(int a, int b) { return 10 * a + b; }
static int (*volatile pointer)(int) = Twice;

int main(void) {
  struct Node node = {1, NULL, {5, 6, 7, 8}};
  struct Node* p = &node;
  volatile int zero = 0;
  int i = zero, n, index = 1;

  n = 3;                                   //! SINK 1 `n` i32:3 //! INTERMEDIATE 1 `n` hits:1 //! SINK 2 `3` i32:3
  p->value = Twice(4);                     //! SOURCE 3 `p->value` i32:8 //! SOURCE 4 `Twice(4)` i32:8
  node.array[index] = 9;                   //! SINK 5 `node.array[index]` i32:9 //! SOURCE 6 `index` i32:1
  n = p->array[index++];                   //! SOURCE 7 `p->array[index++]` i32:9 //! SOURCE 8 `index++` i32:2
  n = Pair(Twice(1), LIMIT);               //! SOURCE 9 `Pair(Twice(1), LIMIT)` i32:27 //! SOURCE 10 `Twice(1)` i32:2 //! SOURCE 11 `LIMIT` i32:27
  n += 5;                                  //! SOURCE 12 `n` i32:32
  i++;                                     //! SOURCE 13 `i` i32:1
  n = SUM(n, i);                           //! SOURCE 14 `SUM(n, i)` i32:33 //! INTERMEDIATE 2 `n, i` hits:1
  STORE(n, AS_INT(4.5));                   //! SINK 15 `STORE(n, AS_INT(4.5))` i32:4
  if (i == 1 && n > 3) n = 6;              //! SOURCE 16 `n > 3` i1:1 //! SOURCE 17 `i == 1` i1:1 //! INTERMEDIATE 3 `1` hits:1
  n = pointer(n);                          //! SOURCE 18 `pointer(n)` i32:12
  p->next = i ? p : NULL;                  //! INTERMEDIATE 4 `NULL` hits:1
  for (i = 0; i < LIMIT; ++i) n += i;      //! SINK 19 `i < LIMIT` i1:1 then i1:1 then i1:1 then i1:1 then i1:1 then i1:1 then i1:1 then i1:0
  n = Pair(i,
           zero + 3);                      //! SOURCE 20 `3` i32:3
  n = Pair(n,
           LIMIT);                         //! INTERMEDIATE 5 `LIMIT` hits:1
  memset(node.array, 0, sizeof node.array); //! SINK 21 `sizeof node.array` i64:16
  if (0) n = 4;                            //! INTERMEDIATE 6 `n = 4` missing
  return sizeof(int) == 4 ? 0 : n;         //! INTERMEDIATE 7 `return` hits:1
}
