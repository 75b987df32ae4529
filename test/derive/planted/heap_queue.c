// CATEGORY: linked-structures
// WHY: A ring of pending jobs: what is put in at the tail comes out at the head. The ring's
// positions are wrapped by its constant size.
// INPUT: \x11\x00\x22\x01
#include <stdint.h>
#include <string.h>

struct Job {
  unsigned bytes;
  unsigned serial;
};
struct Queue {
  struct Job jobs[8];
  unsigned head;
  unsigned tail;
};

static char g_to[60000];
static const char kFrom[60000] = "abc";
static int g_serials[100];

static void Push(struct Queue* queue, struct Job job) {
  queue->jobs[queue->tail] = job;       // MUST-NOT a index; MAY a copy
  queue->tail = (queue->tail + 1) % 8;  // MUST-NOT a division
}

static struct Job Pop(struct Queue* queue) {
  struct Job job = queue->jobs[queue->head];  // MUST-NOT a index; MAY a copy
  queue->head = (queue->head + 1) % 8;        // MUST-NOT a division
  return job;                                 // MAY a copy
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  struct Queue queue = {.head = 0};
  struct Job first = {data[0] | (unsigned)data[1] << 8, 1};
  struct Job second = {data[2] | (unsigned)data[3] << 8, 2};
  Push(&queue, first);               // MAY a copy
  Push(&queue, second);              // MAY a copy
  for (int i = 0; i < 2; ++i) {      // MUST-NOT a loop-bound
    struct Job job = Pop(&queue);    // MAY a copy
    memcpy(g_to, kFrom, job.bytes);  // MUST a copy-size; MUST-NOT a copy
    g_serials[job.serial] = 1;       // MUST-NOT a index
  }
  return 0;
}
