// CATEGORY: linked-structures
// WHY: A document owns a page, a page owns a box with a width out of the input; three pointers lead
// to the divisor. The box's scale is set by the program.
// INPUT: \x05
#include <stdint.h>
#include <stdlib.h>

struct Box {
  int width;
  int scale;
};
struct Page {
  struct Box* box;
};
struct Document {
  struct Page* page;
};

static volatile int g_result;

static struct Document* Build(int width) {
  struct Document* document = malloc(sizeof *document);  // MUST-NOT a allocation-size
  struct Page* page = malloc(sizeof *page);              // MUST-NOT a allocation-size
  struct Box* box = malloc(sizeof *box);                 // MUST-NOT a allocation-size
  if (document == NULL || page == NULL || box == NULL) abort();
  box->width = width;
  box->scale = 3;
  page->box = box;
  document->page = page;
  return document;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 1) return 0;
  struct Document* document = Build(data[0]);
  g_result = 640 / document->page->box->width;  // MUST a division
  g_result = 640 / document->page->box->scale;  // MUST-NOT a division
  free(document->page->box);
  free(document->page);
  free(document);
  return 0;
}
