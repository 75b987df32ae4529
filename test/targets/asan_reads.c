/* A program under AddressSanitizer that reports data which is not all there. Every check that
 * follows a report is the program's own: if ASan ends it, the report did. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flowmon.h"

int main(void) {
  char* data = malloc(16);
  memset(data, 'x', 16);
  FLOW_SINK(data, 1000, 1);                   /* past the end */
  FLOW_SINK(data, (size_t)-1, 2);             /* a length that became negative */
  FLOW_SINK(data, (size_t)1 << 62, 3);        /* beyond all memory */
  flow_report_sink_string(data, SIZE_MAX, 4); /* not terminated */
  free(data);
  FLOW_SINK(data, 16, 5); /* freed */
  flow_report_source_string("whole", SIZE_MAX, 6);
  puts("reached the end");
  return 0;
}
