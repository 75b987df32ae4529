/* Intermediates: one saturating counter per id. The inlined form that the pass emits is in
 * flowmon.h's comment on df_coverage_map; this is its slow path and the function that the macro
 * FLOW_HIT calls.
 *
 * Threads may lose a count to each other, never a hit: a counter only ever grows and never wraps.
 */

#include "flow_process.h"
#include "flowmon.h"

void df_coverage_hit(uint32_t id) {
  if (!FLOW_LIKELY(__atomic_load_n(&df_coverage_size, __ATOMIC_ACQUIRE)) &&
      !flow_attach(FLOW_REPORT_HIT))
    return;
  uint32_t size = __atomic_load_n(&df_coverage_size, __ATOMIC_ACQUIRE);
  if (id < size) {
    uint8_t* counter = &df_coverage_map[id];
    uint8_t hits = __atomic_load_n(counter, __ATOMIC_RELAXED);
    if (hits != UINT8_MAX) __atomic_store_n(counter, (uint8_t)(hits + 1), __ATOMIC_RELAXED);
  } else if (size) {
    uint32_t* outside = &flow_coverage->uncounted;
    if (__atomic_load_n(outside, __ATOMIC_RELAXED) < UINT32_MAX - 65536)
      __atomic_fetch_add(outside, 1, __ATOMIC_RELAXED);
  }
}
