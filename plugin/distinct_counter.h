// How many distinct 64-bit hashes were seen: exactly up to a bound, beyond it estimated from 512
// bytes (HyperLogLog, Flajolet et al. 2007, with its correction for small numbers).
//
// Many counters share one budget of memory, so that a database of 100,000 flows stays bounded: one
// that would take more than is left of it estimates from then on.

#ifndef FLOWMON_PLUGIN_DISTINCT_COUNTER_H_
#define FLOWMON_PLUGIN_DISTINCT_COUNTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_set.h"

namespace flowmon {

struct DistinctBudget {
  uint32_t max_exact;  // values that one counter remembers
  size_t bytes_left;   // of the remembered values of all counters, about
};

// Not thread-safe.
class DistinctCounter {
 public:
  static constexpr size_t kRegisters = 512;
  // The standard error of an estimate, relative: 1.04 / sqrt(kRegisters).
  static constexpr double kStandardError = 0.046;

  // True if the value is known to be new: false once the counter estimates.
  bool Insert(uint64_t hash, DistinctBudget& budget);
  uint64_t count() const;  // takes a microsecond if it is an estimate
  bool empty() const { return is_exact() && values_.empty(); }
  bool is_exact() const { return registers_ == nullptr; }

 private:
  void BeginToEstimate(DistinctBudget& budget);
  void Note(uint64_t hash);

  absl::flat_hash_set<uint64_t> values_;  // empty once the counter estimates
  std::unique_ptr<std::array<uint8_t, kRegisters>> registers_;
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_DISTINCT_COUNTER_H_
