/* What a target may call: report sources, sinks and intermediates of a .flowdb by hand.
 *
 * The compiler wrapper flow-cc inserts these calls from a .flowdb; use the macros where no analyser
 * knows better. Link libflow_runtime.a (flow-cc does). C11 and C++11.
 *
 *     FLOW_SOURCE(data, size, id)   untrusted data has arrived: `size` bytes at `data`
 *     FLOW_SINK(data, size, id)     the data is about to be used
 *     FLOW_HIT(id)                  an intermediate step was passed
 *
 * Define FLOWMON_DISABLE to compile all three to nothing.
 *
 * Calls never block, never fail, keep errno, and may be made from any thread, after fork() and from
 * a signal handler (doc/SHM.md says what holds there). `data` is only read, during the call, and
 * not kept. NULL data counts as size 0. An id that no database knows is recorded all the same. */

#ifndef FLOWMON_RUNTIME_FLOWMON_H_
#define FLOWMON_RUNTIME_FLOWMON_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Default visibility: a program and its shared libraries have one runtime, the program's. */
#pragma GCC visibility push(default)

void flow_report_source(const void* data, size_t size, uint32_t id);
void flow_report_sink(const void* data, size_t size, uint32_t id);
void df_coverage_hit(uint32_t id);

/* Used by code that the pass inserts, for data that ends with a NUL: at most `max` bytes of `text`.
 */
void flow_report_source_string(const char* text, size_t max, uint32_t id);
void flow_report_sink_string(const char* text, size_t max, uint32_t id);

/* The counters of this process, for the inlined form of df_coverage_hit(): if id < df_coverage_size
 * and df_coverage_map[id] is not 0, that byte may be counted up, short of wrapping; else call
 * df_coverage_hit(). Size is 0 until the first hit or event, and again in a new process. */
extern uint8_t* df_coverage_map;
extern uint32_t df_coverage_size;

/* The tallies of this process's reports (flow_shm.h), for the inlined form of a report: if
 * id < num_ids and *single_threaded is not 0 and words[FLOW_TALLY_OF(type, id)] is past the limit,
 * that word may be counted up in place of the call. num_ids is 0 where it must not. */
struct flow_tallies {
  uint64_t* words;
  const char* single_threaded;
  uint32_t num_ids;
};
extern struct flow_tallies flow_tallies;

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#ifdef FLOWMON_DISABLE
#define FLOW_SOURCE(data, size, id) ((void)0)
#define FLOW_SINK(data, size, id) ((void)0)
#define FLOW_HIT(id) ((void)0)
#else
#define FLOW_SOURCE(data, size, id) flow_report_source((data), (size), (id))
#define FLOW_SINK(data, size, id) flow_report_sink((data), (size), (id))
#define FLOW_HIT(id) df_coverage_hit(id)
#endif

#endif /* FLOWMON_RUNTIME_FLOWMON_H_ */
