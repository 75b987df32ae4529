// CATEGORY: function-pointers
// WHY: A visitor calls back with each number of the input and the caller's context. The other
// callback gets a constant.
// INPUT: \x00\x04\x01\x02
#include <stddef.h>
#include <stdint.h>

struct Context {
  int* table;
  int calls;
};
typedef void (*Visit)(unsigned number, struct Context* context);
typedef void (*Done)(int code, int* log);

static int g_table[60000];
static int g_log[8];

static void Store(unsigned number, struct Context* context) {
  context->table[number] = 1;  // MUST a index
  context->calls++;
}

static void Finish(int code, int* log) {
  log[code] = 1;  // MUST-NOT a index
}

static void ForEach(const uint8_t* data, Visit visit, struct Context* context) {
  visit(data[0] * 256u + data[1], context);
  visit(data[2] * 256u + data[3], context);
}

static void Notify(Done done) { done(4, g_log); }

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 4) return 0;
  struct Context context = {g_table, 0};
  ForEach(data, Store, &context);
  Notify(Finish);
  return context.calls == 3;
}
