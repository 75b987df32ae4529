/* Intermediates: the slow path of a hit. The inlined one, which the pass emits, counts an id that
 * was hit before in this run; the first hit of an id comes here, is written down by the lane, and
 * so do all hits by the macro FLOW_HIT. */

#include "flow_instance.h"
#include "flow_session.h"
#include "flowmon.h"

uint8_t* df_coverage_map;
uint32_t df_coverage_size;

void df_coverage_hit(uint32_t id) {
  if (FLOW_LIKELY(flow_session))
    flow_session_hit(id);
  else if (flow_delegate)
    flow_delegate->hit(id);
  else
    flow_files_hit(id);
}

/* The name above may lead to another copy of the runtime. */
void flow_instance_hit(uint32_t id) __attribute__((alias("df_coverage_hit")));
