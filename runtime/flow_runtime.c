/* Sources and sinks: appends one event per report. The file and its layout: flow_process.h,
 * flow_shm.h.
 *
 * Runs inside the target, once per report. One event is: a slot reserved by an atomic add, the
 * fields, and the type stored last. A process that is killed in between leaves a slot of type NONE,
 * which the observer counts as torn. */

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>

#include "flow_process.h"
#include "flowmon.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Longest string that flow_report_*_string() looks at. */
#define MAX_STRING 65536u

/* In an ASan target: the first byte of the range that must not be touched. */
extern void* __asan_region_is_poisoned(void* begin, size_t size) __attribute__((weak));

/* What may be read of `size` bytes at `data`. We run before the access that the target is about to
 * make and must not fault in its place under ASan, where the report would name us. */
static size_t ReadableSize(const void* data, size_t size) {
  if (!data) return 0;
  if (__asan_region_is_poisoned && size) {
    const char* bad = __asan_region_is_poisoned((void*)data, size);
    if (bad) return (size_t)(bad - (const char*)data);
  }
  return size;
}

/* Counts an event that has no slot. Stops short of wrapping to zero. */
static void CountOnly(struct flow_events_header* events) {
  if (__atomic_load_n(&events->num_events, __ATOMIC_RELAXED) < UINT32_MAX - 65536)
    __atomic_fetch_add(&events->num_events, 1, __ATOMIC_RELAXED);
}

static void Report(uint32_t type, const void* data, size_t size, uint32_t id) {
  struct flow_events_header* events = __atomic_load_n(&flow_events, __ATOMIC_ACQUIRE);
  if (!FLOW_LIKELY(events)) {
    if (!flow_attach(FLOW_REPORT_EVENT)) return;
    events = __atomic_load_n(&flow_events, __ATOMIC_ACQUIRE);
    if (!events) return;
  }
  if (__atomic_load_n(&events->num_events, __ATOMIC_RELAXED) >= flow_max_events) {
    CountOnly(events);
    return;
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  size = ReadableSize(data, size);
  uint64_t hash = XXH64(data, size, 0);

  uint32_t slot = __atomic_fetch_add(&events->num_events, 1, __ATOMIC_RELAXED);
  if (slot >= flow_max_events) return; /* another thread took the last one; counted */
  struct flow_event* event = (struct flow_event*)(events + 1) + slot;
  event->id = id;
  event->timestamp = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  event->data_hash = hash;
  event->data_size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
  __atomic_store_n(&event->type, type, __ATOMIC_RELEASE);
}

static size_t StringSize(const char* text, size_t max) {
  if (max > MAX_STRING) max = MAX_STRING;
  return text ? strnlen(text, ReadableSize(text, 1) ? max : 0) : 0;
}

void flow_report_source(const void* data, size_t size, uint32_t id) {
  Report(FLOW_EVENT_SOURCE, data, size, id);
}

void flow_report_sink(const void* data, size_t size, uint32_t id) {
  Report(FLOW_EVENT_SINK, data, size, id);
}

void flow_report_source_string(const char* text, size_t max, uint32_t id) {
  Report(FLOW_EVENT_SOURCE, text, StringSize(text, max), id);
}

void flow_report_sink_string(const char* text, size_t max, uint32_t id) {
  Report(FLOW_EVENT_SINK, text, StringSize(text, max), id);
}
