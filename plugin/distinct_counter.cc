#include "plugin/distinct_counter.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "plugin/mix_hash.h"

namespace flowmon {
namespace {

// What a flat_hash_set takes for a value, between two doublings.
constexpr size_t kBytesPerValue = 16;

}  // namespace

bool DistinctCounter::Insert(uint64_t hash, DistinctBudget& budget) {
  if (registers_) {
    Note(hash);
    return false;
  }
  if (values_.size() < budget.max_exact && budget.bytes_left >= kBytesPerValue) {
    if (!values_.insert(hash).second) return false;
    budget.bytes_left -= kBytesPerValue;
    return true;
  }
  if (values_.contains(hash)) return false;
  BeginToEstimate(budget);
  Note(hash);
  return false;
}

void DistinctCounter::BeginToEstimate(DistinctBudget& budget) {
  registers_ = std::make_unique<std::array<uint8_t, kRegisters>>();
  for (const uint64_t hash : values_) Note(hash);
  budget.bytes_left += values_.size() * kBytesPerValue;
  values_ = {};
}

void DistinctCounter::Note(uint64_t hash) {
  // The data's hash comes from the target: it need not be spread evenly.
  const uint64_t mixed = MixHash(0, hash);
  uint8_t& place = (*registers_)[mixed % kRegisters];
  const auto rank = static_cast<uint8_t>(std::countl_zero(mixed | kRegisters) + 1);
  place = std::max(place, rank);
}

uint64_t DistinctCounter::count() const {
  if (!registers_) return values_.size();
  constexpr double kSize = kRegisters;
  constexpr double kAlpha = 0.7213 / (1 + 1.079 / kSize);
  double sum = 0;
  size_t num_empty = 0;
  for (const uint8_t rank : *registers_) {
    sum += std::ldexp(1.0, -rank);
    num_empty += rank == 0;
  }
  const double estimate = kAlpha * kSize * kSize / sum;
  if (estimate <= 2.5 * kSize && num_empty > 0)
    return static_cast<uint64_t>(
        std::lround(kSize * std::log(kSize / static_cast<double>(num_empty))));
  return static_cast<uint64_t>(std::llround(estimate));
}

}  // namespace flowmon
