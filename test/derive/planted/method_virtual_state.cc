// CATEGORY: virtual-calls
// WHY: A derived decoder keeps a length in its own member, and gives it through a virtual function.
// The other decoder of the same base gives a constant.
// INPUT: \x08\x01
#include <cstdint>
#include <cstring>
#include <memory>

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual size_t Length() const = 0;
};

class FromInput : public Decoder {
 public:
  explicit FromInput(const uint8_t* data) : length_(data[0] | size_t{data[1]} << 8) {}
  size_t Length() const override { return length_; }

 private:
  size_t length_;
};

class Constant : public Decoder {
 public:
  size_t Length() const override { return 16; }
};

static char g_to[60000];
static const char kFrom[60000] = "text";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  if (size < 2) return 0;
  std::unique_ptr<Decoder> decoder = std::make_unique<FromInput>(data);
  Constant constant;
  memcpy(g_to, kFrom, decoder->Length());  // MUST a copy-size; MUST-NOT a copy
  memcpy(g_to, kFrom, constant.Length());  // MUST-NOT a copy-size, copy
  return 0;
}
