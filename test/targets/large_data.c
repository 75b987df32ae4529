/* Reports data around the size from which on it is sampled, and writes it to standard output. */

#include <string.h>
#include <unistd.h>

#include "flow_shm.h"
#include "flowmon.h"

int main(void) {
  static unsigned char data[1000003];
  for (size_t i = 0; i < sizeof(data); ++i) data[i] = (unsigned char)(i * i >> 7);
  for (uint32_t i = 0; i < 4; ++i) FLOW_SOURCE(data, FLOW_MAX_HASHED + i - 1, i);
  FLOW_SINK(data, sizeof(data), 1);
  FLOW_SINK(data, (size_t)-1, 2);
  size_t done = 0;
  while (done < sizeof(data)) {
    const ssize_t n = write(1, data + done, sizeof(data) - done);
    if (n <= 0) return 1;
    done += (size_t)n;
  }
  return 0;
}
