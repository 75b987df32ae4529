// run_seeds FILE...: calls a fuzz entry with each file, and with each cut off at some places: what
// libFuzzer does with its corpus, for compilers that have none.

#include <cstddef>
#include <cstdint>
#include <string>

#include "test/support/files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  constexpr size_t kCuts = 64;
  for (int i = 1; i < argc; ++i) {
    const std::string seed = flowmon::test::ReadFile(argv[i]);
    const auto* data = reinterpret_cast<const uint8_t*>(seed.data());
    for (size_t cut = 0; cut <= kCuts; ++cut) {
      LLVMFuzzerTestOneInput(data, seed.size() * cut / kCuts);
    }
  }
  return argc > 1 ? 0 : 2;
}
