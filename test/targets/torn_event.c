/* Is killed between the reservation of an event's slot and its end, as by a time-out: it does
 * itself what the runtime does (flow_runtime.c, Report()), up to there. */

#include <signal.h>

#include "flow_session.h"
#include "flowmon.h"

int main(void) {
  struct flow_slot slot = {.type = FLOW_EVENT_SINK};
  FLOW_SOURCE("whole", 5, 1);
  FLOW_HIT(1);
  const struct flow_admission admission = {
      .run_events = flow_session ? flow_load(&flow_session->run_events) : 0, .is_admitted = 1};
  if (flow_session ? flow_session_admit(FLOW_EVENT_SINK, 1).is_admitted
                   : flow_files_admit(FLOW_EVENT_SINK, 1)) {
    if (flow_session)
      flow_session_reserve(&admission, &slot);
    else
      slot.event = flow_files_reserve();
    slot.event->id = 1;
    raise(SIGKILL);
  }
  return 1;
}
