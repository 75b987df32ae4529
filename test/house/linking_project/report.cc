// Reports source 4, intermediate 5 and sink 6.
#include <flow_shm.h>
#include <flowmon.h>

int main() {
  FLOW_SOURCE("data", 4, 4);
  FLOW_HIT(5);
  FLOW_SINK("data", 4, 6);
  return 0;
}
