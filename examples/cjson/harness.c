/* Fuzz entry of the cJSON example: parses the input, prints the tree and, on request, minifies the
 * text and duplicates and compares the tree.
 *
 * The input has the form of cJSON's own fuzzing/inputs, two option bytes and a text:
 *
 *     byte 0   'b' or 'B': print into a buffer that grows from one byte; any other: into one of 256
 * bytes upper case: also minify the text, and parse what is left of it to its last byte byte 1 'f'
 * or 'F': print formatted; any other: unformatted upper case: also duplicate the tree and compare
 * it with the original
 *
 * cJSON's inputs use lower case only: the rest is left for the fuzzer to find. */

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cJSON.h"

/* Comparing takes time exponential in the depth of nested objects: deeper trees are left alone. */
#define MAX_COMPARED_DEPTH 8

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static int depth_up_to(const cJSON* item, int limit) {
  int deepest = 0;
  const cJSON* child;
  for (child = item->child; child != NULL && deepest < limit; child = child->next) {
    const int depth = depth_up_to(child, limit - 1) + 1;
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

static void print(const cJSON* tree, int buffered, int formatted) {
  char* text;
  if (buffered) {
    text = cJSON_PrintBuffered(tree, 1, formatted);
  } else {
    text = formatted ? cJSON_Print(tree) : cJSON_PrintUnformatted(tree);
  }
  cJSON_free(text);
}

static void duplicate_and_compare(const cJSON* tree) {
  cJSON* copy = cJSON_Duplicate(tree, 1);
  if (copy != NULL && depth_up_to(tree, MAX_COMPARED_DEPTH) < MAX_COMPARED_DEPTH) {
    (void)cJSON_Compare(tree, copy, 1);
  }
  cJSON_Delete(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  size_t length;
  char* text;
  cJSON* tree;

  if (size < 2) return 0;
  length = size - 2;
  text = (char*)malloc(length + 1);
  if (text == NULL) return 0;
  memcpy(text, data + 2, length);
  text[length] = '\0';

  tree = cJSON_ParseWithLength(text, length);
  if (tree != NULL) {
    print(tree, tolower(data[0]) == 'b', tolower(data[1]) == 'f');
    if (isupper(data[1])) duplicate_and_compare(tree);
    cJSON_Delete(tree);
  }
  if (isupper(data[0])) {
    cJSON_Minify(text);
    cJSON_Delete(cJSON_ParseWithOpts(text, NULL, 1));
  }
  free(text);
  return 0;
}
