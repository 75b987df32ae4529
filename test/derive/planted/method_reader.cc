// CATEGORY: methods
// WHY: A reader class takes numbers off the input; its user indexes with one. The reader's position
// is checked before each access and moves by constants.
// INPUT: \x04\x02\x07\x01
#include <cstddef>
#include <cstdint>

class Reader {
 public:
  Reader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint32_t Short() {
    if (position_ + 2 > size_) return 0;
    uint32_t number = data_[position_];            // MUST-NOT a index
    number = number * 256 + data_[position_ + 1];  // MUST-NOT a index
    position_ += 2;
    return number;
  }
  size_t position() const { return position_; }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t position_ = 0;
};

static int g_table[60000];

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  Reader reader(data, size);
  reader.Short();
  g_table[reader.Short()] = 1;     // MUST a index
  g_table[reader.position()] = 1;  // MUST-NOT a index
  return 0;
}
