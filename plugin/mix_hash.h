// Mixes hashes: every bit of the result depends on every bit of both.

#ifndef FLOWMON_PLUGIN_MIX_HASH_H_
#define FLOWMON_PLUGIN_MIX_HASH_H_

#include <cstdint>

namespace flowmon {

// The finalizer of splitmix64 over a sequence's hash so far and its next value.
constexpr uint64_t MixHash(uint64_t seed, uint64_t value) {
  uint64_t x = (seed * 0x9e3779b97f4a7c15) ^ value;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_MIX_HASH_H_
