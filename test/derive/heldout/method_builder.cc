// CATEGORY: methods
// WHY: Setters that return the object are chained; two of three members are of the input. Build
// uses all.
// INPUT: \x02\x03
#include <cstdint>
#include <cstdlib>

class Builder {
 public:
  Builder& Count(size_t count) {
    count_ = count;
    return *this;
  }
  Builder& Unit(size_t unit) {
    unit_ = unit;
    return *this;
  }
  Builder& Spare(size_t spare) {
    spare_ = spare;
    return *this;
  }
  void* Build() const {
    return calloc(count_, unit_);  // MUST a allocation-size
  }
  void* BuildSpare() const {
    return malloc(spare_);  // MUST-NOT a allocation-size
  }

 private:
  size_t count_ = 0;
  size_t unit_ = 0;
  size_t spare_ = 0;
};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  Builder builder;
  builder.Count(data[0] * 300u).Unit(data[1] * 20u).Spare(8);
  void* block = builder.Build();
  void* spare = builder.BuildSpare();
  free(block);
  free(spare);
  return 0;
}
