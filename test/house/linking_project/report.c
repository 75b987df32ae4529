/* Reports source 1, intermediate 2 and sink 3. */
#include <flow_shm.h>
#include <flowmon.h>

int main(void) {
  FLOW_SOURCE("data", 4, 1);
  FLOW_HIT(2);
  FLOW_SINK("data", 4, 3);
  return 0;
}
