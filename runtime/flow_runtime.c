/* Sources and sinks: stores one event per report, in whichever lane the process has
 * (flow_process.h).
 *
 * Runs inside the target, once per report. One event is: a slot reserved by an atomic add, the
 * fields, and the type stored last. A process that is killed in between leaves a slot without a
 * type of its run, which the observer counts as torn. */

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "flow_session.h"
#include "flowmon.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Larger than any object in memory. */
#define MAX_OBJECT ((size_t)1 << 46)

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
__attribute__((noinline, cold)) static uint64_t HashSample(const char* data, size_t size) {
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

enum data_kind { BYTES, TEXT };

struct measured {
  uint64_t time;
  uint64_t hash;
  size_t size;
};

static inline struct measured Measure(const void* data, size_t size, enum data_kind kind) {
  struct measured result;
  result.time = flow_now();
  result.size = kind == TEXT ? StringSize(data, size) : ReadableSize(data, size);
  result.hash = FLOW_LIKELY(result.size <= FLOW_MAX_HASHED) ? XXH64(data, result.size, 0)
                                                            : HashSample(data, result.size);
  return result;
}

static inline void Store(struct flow_slot slot, uint32_t id, struct measured data) {
  slot.event->id = id;
  slot.event->timestamp = data.time;
  slot.event->data_hash = data.hash;
  slot.event->data_size = data.size > UINT32_MAX ? UINT32_MAX : (uint32_t)data.size;
  slot.event->reserved = slot.pid;
  __atomic_store_n(&slot.event->type, slot.type, __ATOMIC_RELEASE);
}

__attribute__((noinline)) static void ReportToFiles(uint32_t type, const void* data, size_t size,
                                                    uint32_t id, enum data_kind kind) {
  struct flow_slot slot;
  if (!flow_files_admit(type, id)) return;
  const struct measured measured = Measure(data, size, kind);
  if (flow_files_reserve(type, &slot)) Store(slot, id, measured);
}

__attribute__((always_inline)) static inline void Report(uint32_t type, const void* data,
                                                         size_t size, uint32_t id,
                                                         enum data_kind kind) {
  struct flow_slot slot;
  if (!FLOW_LIKELY(flow_session)) {
    ReportToFiles(type, data, size, id, kind);
    return;
  }
  if (!flow_session_admit(type, id, &slot)) return;
  const struct measured measured = Measure(data, size, kind);
  if (flow_session_reserve(type, &slot)) Store(slot, id, measured);
}

__attribute__((noinline)) static void ReportBytes(uint32_t type, const void* data, size_t size,
                                                  uint32_t id) {
  Report(type, data, size, id, BYTES);
}

__attribute__((noinline)) static void ReportText(uint32_t type, const char* text, size_t max,
                                                 uint32_t id) {
  Report(type, text, max, id, TEXT);
}

void flow_report_source(const void* data, size_t size, uint32_t id) {
  ReportBytes(FLOW_EVENT_SOURCE, data, size, id);
}

void flow_report_sink(const void* data, size_t size, uint32_t id) {
  ReportBytes(FLOW_EVENT_SINK, data, size, id);
}

void flow_report_source_string(const char* text, size_t max, uint32_t id) {
  ReportText(FLOW_EVENT_SOURCE, text, max, id);
}

void flow_report_sink_string(const char* text, size_t max, uint32_t id) {
  ReportText(FLOW_EVENT_SINK, text, max, id);
}
