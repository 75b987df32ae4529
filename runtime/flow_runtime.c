/* Sources and sinks: stores one event per report, in whichever lane the process has
 * (flow_process.h).
 *
 * Runs inside the target, once per report. One event is: a slot reserved by an atomic add, the
 * fields, and the type stored last. A process that is killed in between leaves a slot without a
 * type of its run, which the observer counts as torn. */

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "flow_instance.h"
#include "flow_session.h"
#include "flowmon.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Larger than any object in memory. */
#define MAX_OBJECT ((size_t)1 << 46)

#define NOINLINE __attribute__((noinline))

/* NULL where the C library does not say: then nothing is inlined. */
struct flow_tallies flow_tallies = {NULL, &__libc_single_threaded, 0};

/* In an ASan target: the first byte of the range that must not be touched. */
extern void* __asan_region_is_poisoned(void* begin, size_t size) __attribute__((weak));

/* What may be read of `size` bytes at `data`. We run before the access that the target is about to
 * make and must not fault in its place under ASan, where the report would name us. Sizes that no
 * object can have (a negative one that became a size) are not even shown to ASan, which would end
 * the program. */
static size_t ReadableSize(const void* data, size_t size) {
  if (!data) return 0;
  if (__asan_region_is_poisoned && size) {
    if (size > MAX_OBJECT || (uintptr_t)data + size < size) return 0;
    const char* bad = __asan_region_is_poisoned((void*)data, size);
    if (bad) return (size_t)(bad - (const char*)data);
  }
  return size;
}

/* Under ASan, strnlen() is ASan's and checks what it reads: an unterminated string would be
 * reported as found here. */
static size_t StringSize(const char* text, size_t max) {
  if (!text) return 0;
  if (max > FLOW_MAX_HASHED) max = FLOW_MAX_HASHED;
  if (!__asan_region_is_poisoned) return strnlen(text, max);
  max = ReadableSize(text, max);
  size_t size = 0;
  while (size < max && text[size]) ++size;
  return size;
}

/* Of data that is larger than FLOW_MAX_HASHED: see there. */
NOINLINE __attribute__((cold)) static uint64_t HashSample(const char* data, size_t size) {
  if (size > MAX_OBJECT) return XXH64(NULL, 0, 0);
  XXH64_state_t state;
  XXH64_reset(&state, 0);
  const uint64_t last = size - FLOW_SAMPLE_BLOCK;
  for (uint64_t i = 0; i < FLOW_SAMPLE_BLOCKS; ++i)
    XXH64_update(&state, data + i * last / (FLOW_SAMPLE_BLOCKS - 1), FLOW_SAMPLE_BLOCK);
  const uint64_t size_word = size;
  XXH64_update(&state, &size_word, sizeof(size_word));
  return XXH64_digest(&state);
}

/* What is reported: an enum flow_event_type, and this where the data is a string. */
#define TEXT 0x100u
#define TYPE_OF(what) ((what)&0xffu)

struct data {
  uint64_t time;
  uint64_t hash;
  size_t size;
};

static inline struct data Examine(const void* data, size_t size, uint32_t what) {
  struct data result = {.time = flow_now()};
  result.size = what & TEXT ? StringSize(data, size) : ReadableSize(data, size);
  result.hash = FLOW_LIKELY(result.size <= FLOW_MAX_HASHED) ? XXH64(data, result.size, 0)
                                                            : HashSample(data, result.size);
  return result;
}

static inline void Store(struct flow_slot slot, uint32_t id, struct data data) {
  slot.event->id = id;
  slot.event->timestamp = data.time;
  slot.event->data_hash = data.hash;
  slot.event->data_size = data.size > UINT32_MAX ? UINT32_MAX : (uint32_t)data.size;
  slot.event->reserved = slot.pid;
  __atomic_store_n(&slot.event->type, slot.type, __ATOMIC_RELEASE);
}

NOINLINE static void ReportToSession(const void* data, size_t size, uint32_t id, uint32_t what) {
  const struct flow_admission admission = flow_session_admit(TYPE_OF(what), id);
  if (!admission.is_admitted) return;
  const struct data examined = Examine(data, size, what);
  struct flow_slot slot = {.type = TYPE_OF(what)};
  flow_session_reserve(&admission, &slot);
  if (FLOW_LIKELY(slot.event)) Store(slot, id, examined);
}

NOINLINE static void ReportToFiles(const void* data, size_t size, uint32_t id, uint32_t what) {
  if (!flow_files_admit(TYPE_OF(what), id)) return;
  const struct data examined = Examine(data, size, what);
  const struct flow_slot slot = {.type = TYPE_OF(what), .event = flow_files_reserve()};
  if (slot.event) Store(slot, id, examined);
}

/* What the pass puts in front of the call; here for calls that it leaves as they are. */
static inline int IsCountedPastLimit(uint32_t type, uint32_t id) {
  if (id >= __atomic_load_n(&flow_tallies.num_ids, __ATOMIC_ACQUIRE)) return 0;
  uint64_t* const tally = &flow_tallies.words[FLOW_TALLY_OF(type, id)];
  if (flow_load(tally) - flow_load(flow_tallies.words) >= FLOW_TALLY_RANGE ||
      !*flow_tallies.single_threaded)
    return 0;
  flow_add_one(tally, 1);
  return 1;
}

static inline void Report(const void* data, size_t size, uint32_t id, uint32_t what) {
  if (IsCountedPastLimit(TYPE_OF(what), id)) return;
  if (FLOW_LIKELY(flow_session))
    ReportToSession(data, size, id, what);
  else if (flow_delegate)
    flow_delegate->report(data, size, id, what);
  else
    ReportToFiles(data, size, id, what);
}

void flow_instance_report(const void* data, size_t size, uint32_t id, uint32_t what) {
  Report(data, size, id, what);
}

void flow_report_source(const void* data, size_t size, uint32_t id) {
  Report(data, size, id, FLOW_EVENT_SOURCE);
}

void flow_report_sink(const void* data, size_t size, uint32_t id) {
  Report(data, size, id, FLOW_EVENT_SINK);
}

void flow_report_source_string(const char* text, size_t max, uint32_t id) {
  Report(text, max, id, FLOW_EVENT_SOURCE | TEXT);
}

void flow_report_sink_string(const char* text, size_t max, uint32_t id) {
  Report(text, max, id, FLOW_EVENT_SINK | TEXT);
}
