/* Is killed between the reservation of an event's slot and its end, as by a time-out: it does
 * itself what the runtime does (flow_runtime.c, Report()), up to there. */

#include <signal.h>

#include "flow_session.h"
#include "flowmon.h"

int main(void) {
  struct flow_slot slot;
  FLOW_SOURCE("whole", 5, 1);
  FLOW_HIT(1);
  const int is_reserved = flow_session ? flow_session_admit(FLOW_EVENT_SINK, 1, &slot) &&
                                             flow_session_reserve(FLOW_EVENT_SINK, &slot)
                                       : flow_files_admit(FLOW_EVENT_SINK, 1) &&
                                             flow_files_reserve(FLOW_EVENT_SINK, &slot);
  if (is_reserved) {
    slot.event->id = 1;
    raise(SIGKILL);
  }
  return 1;
}
