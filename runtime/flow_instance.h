/* Internal to the runtime: one instance of it per process.
 *
 * Every program and shared library that flow-cc links carries a copy of the runtime. One copy, the
 * elected instance, writes for all of them: the first in the loader's order when the first
 * constructor of any copy runs, mostly the program's. The others pass on what they are told.
 * Symbols mostly bind to the elected copy anyway; they cannot where a library hides its symbols
 * (version scripts, -Bsymbolic) or was opened with RTLD_LOCAL. So copies find each other by an ELF
 * note that leads to `flow_instance`.
 *
 * The elected instance is never unloaded: a library that holds it is pinned. Copies of another
 * layout of this struct have another FLOW_INSTANCE_NOTE and are not seen.
 *
 * Elections take place under the loader's lock, in constructors. */

#ifndef FLOWMON_RUNTIME_FLOW_INSTANCE_H_
#define FLOWMON_RUNTIME_FLOW_INSTANCE_H_

#include <stddef.h>
#include <stdint.h>

#include "flow_process.h"
#include "flowmon.h"

#define FLOW_INSTANCE_NOTE 2 /* the note's type; its name is "flowmon" */

struct flow_instance {
  int is_elected;
  int is_started;
  /* What the others may call once it is started. As flow_report_*(), df_coverage_hit() and
   * flow_session_mark_run(). */
  void (*report)(const void* data, size_t size, uint32_t id, uint32_t what);
  void (*hit)(uint32_t id);
  void (*mark_run)(void);
  void (*start)(void);
  void (*tell_database)(uint64_t hash);
  /* Its df_coverage_map, df_coverage_size and flow_tallies; where *session is not NULL, what they
   * lead to stays where it is. */
  uint8_t** map;
  uint32_t* map_size;
  struct flow_tallies* tallies;
  struct flow_session** session;
};
extern FLOW_HIDDEN struct flow_instance flow_instance; /* of this copy */

/* The elected instance, in a copy that is not elected; else NULL. `flow_session` is NULL there. */
extern FLOW_HIDDEN const struct flow_instance* flow_delegate;

/* This copy's parts of `flow_instance`. Not the exported functions, whose names may lead to another
 * copy. */
FLOW_HIDDEN void flow_instance_report(const void* data, size_t size, uint32_t id, uint32_t what);
FLOW_HIDDEN void flow_instance_hit(uint32_t id);
FLOW_HIDDEN void flow_instance_mark_run(void);
FLOW_HIDDEN void flow_instance_start(void); /* flow_process.c: settings, lane, fork handlers */
/* An object of the process was built with this database; in constructors only. */
FLOW_HIDDEN void flow_instance_tell_database(uint64_t hash);

#endif /* FLOWMON_RUNTIME_FLOW_INSTANCE_H_ */
