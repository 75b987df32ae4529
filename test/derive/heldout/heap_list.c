// CATEGORY: linked-structures
// WHY: Numbers are put into a linked list and taken out again as indices. A second list of another
// type of node holds only constants.
// INPUT: \x01\x02\x03\x04
#include <stdint.h>
#include <stdlib.h>

struct Node {
  unsigned value;
  struct Node* next;
};
struct Rule {
  unsigned level;
  struct Rule* next;
};

static int g_seen[60000];

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  struct Rule second = {2, NULL};
  struct Rule first = {1, &second};
  struct Node* list = NULL;
  for (int i = 0; i < 2; ++i) {                // MUST-NOT a loop-bound
    struct Node* node = malloc(sizeof *node);  // MUST-NOT a allocation-size
    if (node == NULL) abort();
    node->value = data[2 * i] * 256u + data[2 * i + 1];  // MUST-NOT a index
    node->next = list;
    list = node;
  }
  while (list != NULL) {
    struct Node* next = list->next;
    g_seen[list->value] = 1;  // MUST a index
    free(list);
    list = next;
  }
  for (struct Rule* rule = &first; rule != NULL; rule = rule->next) {
    g_seen[rule->level]++;  // MUST-NOT a index
  }
  return 0;
}
