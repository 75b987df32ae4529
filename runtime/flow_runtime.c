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

/* Longest string that flow_report_*_string() looks at. */
#define MAX_STRING 65536u
/* Larger than any object in memory. */
#define MAX_OBJECT ((size_t)1 << 46)

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

void flow_instance_report(uint32_t type, const void* data, size_t size, uint32_t id) {
  if (!flow_session && flow_delegate) {
    flow_delegate->report(type, data, size, id);
    return;
  }
  if (!flow_has_room()) return;
  const uint64_t now = flow_now();
  size = ReadableSize(data, size);
  const uint64_t hash = XXH64(data, size, 0);

  struct flow_slot slot;
  if (!flow_reserve(type, &slot)) return;
  slot.event->id = id;
  slot.event->timestamp = now;
  slot.event->data_hash = hash;
  slot.event->data_size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
  slot.event->reserved = slot.pid;
  __atomic_store_n(&slot.event->type, slot.type, __ATOMIC_RELEASE);
}

/* Under ASan, strnlen() is ASan's and checks what it reads: an unterminated string would be
 * reported as found here. */
static size_t StringSize(const char* text, size_t max) {
  if (!text) return 0;
  if (max > MAX_STRING) max = MAX_STRING;
  if (!__asan_region_is_poisoned) return strnlen(text, max);
  max = ReadableSize(text, max);
  size_t size = 0;
  while (size < max && text[size]) ++size;
  return size;
}

void flow_report_source(const void* data, size_t size, uint32_t id) {
  flow_instance_report(FLOW_EVENT_SOURCE, data, size, id);
}

void flow_report_sink(const void* data, size_t size, uint32_t id) {
  flow_instance_report(FLOW_EVENT_SINK, data, size, id);
}

void flow_report_source_string(const char* text, size_t max, uint32_t id) {
  flow_instance_report(FLOW_EVENT_SOURCE, text, StringSize(text, max), id);
}

void flow_report_sink_string(const char* text, size_t max, uint32_t id) {
  flow_instance_report(FLOW_EVENT_SINK, text, StringSize(text, max), id);
}
