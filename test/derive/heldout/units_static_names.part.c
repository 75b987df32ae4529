// The second file of units_static_names.c.
static int g_far[60000];

static void Store(unsigned number) { g_far[number] = 1; }  // MUST a index

void StoreFar(unsigned number);

void StoreFar(unsigned number) { Store(number); }
