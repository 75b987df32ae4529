/* Internal to the runtime: how this process comes by its two shared-memory files.
 *
 * flow_runtime.c (events) and df_cov_runtime.c (hits) call flow_attach() when they find nothing
 * mapped yet. A process that has nothing to write into counts nothing and goes on: observing never
 * fails a target. Layout and meaning of every field: flow_shm.h. */

#ifndef FLOWMON_RUNTIME_FLOW_PROCESS_H_
#define FLOWMON_RUNTIME_FLOW_PROCESS_H_

#include <stdint.h>

#include "flow_shm.h"

#define FLOW_HIDDEN __attribute__((visibility("hidden")))
#define FLOW_LIKELY(x) __builtin_expect(!!(x), 1)

/* The mapped event file, NULL before flow_attach() and in a process that records nothing. */
extern FLOW_HIDDEN struct flow_events_header* flow_events;
/* Its slots. Not read from the header, which a stray write of the target may have changed. */
extern FLOW_HIDDEN uint32_t flow_max_events;
/* The mapped coverage file; df_coverage_map and df_coverage_size (flowmon.h) are views of it. */
extern FLOW_HIDDEN struct flow_coverage_header* flow_coverage;

/* Creates and maps both files, once per process. Afterwards flow_events is set, or recording is off
 * for good in this process (setting, forkserver, no space, no permission). Safe in threads and
 * signal handlers: whoever comes while another is at it does not wait, gets 0, and its event or hit
 * is lost; the first one counts it. Returns whether the files are mapped. */
enum flow_report { FLOW_REPORT_EVENT, FLOW_REPORT_HIT };
FLOW_HIDDEN int flow_attach(enum flow_report lost_if_busy);

#endif /* FLOWMON_RUNTIME_FLOW_PROCESS_H_ */
