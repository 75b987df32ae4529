// What both files of this program know.
#include <cstddef>
#include <cstdint>

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void OnOffset(size_t offset) = 0;
};

void Parse(const uint8_t* data, size_t size, Listener* listener);
