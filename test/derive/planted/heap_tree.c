// CATEGORY: linked-structures
// WHY: Inputs are inserted into a binary tree; the deepest left key decides how much is allocated.
// The number of nodes is counted by one and is not from the input's bytes.
// INPUT: \x40\x20\x10\x08
#include <stdint.h>
#include <stdlib.h>

struct Tree {
  uint32_t key;
  struct Tree* left;
  struct Tree* right;
};

static int g_counts[8];

static struct Tree* Insert(struct Tree* tree, uint32_t key) {
  if (tree == NULL) {
    tree = calloc(1, sizeof *tree);  // MUST-NOT a allocation-size
    if (tree == NULL) abort();
    tree->key = key;
  } else if (key < tree->key) {
    tree->left = Insert(tree->left, key);
  } else {
    tree->right = Insert(tree->right, key);
  }
  return tree;
}

static void Free(struct Tree* tree) {
  if (tree == NULL) return;
  Free(tree->left);
  Free(tree->right);
  free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  struct Tree* tree = NULL;
  int count = 0;
  for (int i = 0; i < 4; ++i, ++count) {   // MUST-NOT a loop-bound
    tree = Insert(tree, data[i] * 1000u);  // MUST-NOT a index
  }
  struct Tree* least = tree;
  while (least->left != NULL) least = least->left;
  void* block = malloc(least->key);  // MUST a allocation-size
  g_counts[count] = block != NULL;   // MUST-NOT a index
  free(block);
  Free(tree);
  return 0;
}
