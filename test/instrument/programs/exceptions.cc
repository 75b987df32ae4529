// clang-format off
// Calls that may throw, constructors, templates, lambdas. Marks: flow_cc_harness.h.
#include <cstdint>
#include <stdexcept>
#include <string>

struct Guard {
  explicit Guard(int v) : value(v) {}
  ~Guard() { value = 0; }
  int value;
};

[[gnu::noinline]] int MayThrow(int value) {
  if (value > 2) throw std::runtime_error("too large");
  return value * 2;
}

template <typename T>
[[gnu::noinline]] T Twice(T value) {
  return value + value;                    //! SINK 3 `value + value` i32:10 then i64:14
}

template <typename Function>
[[gnu::noinline]] int Apply(Function function) { return function(5); }

int main() {
  int caught = 0;
  for (int i = 1; i < 4; i += 2) {
    try {
      Guard guard(i);
      int result = MayThrow(i);            //! SOURCE 1 `MayThrow(i)` i32:2 //! SINK 1 `MayThrow` i32:1 then i32:3
      guard.value = result;                //! INTERMEDIATE 1 `=` hits:1
    } catch (const std::exception&) {
      ++caught;                            //! INTERMEDIATE 2 `++caught` hits:1
    }
  }
  int32_t narrow = Twice(5);
  int64_t wide = Twice(int64_t{7});
  int applied = Apply([](int x) { return x + 1; });  //! INTERMEDIATE 3 `Apply` hits:1 //! SOURCE 4 `return x + 1` i32:6
  char* memory = new char[applied];        //! SINK 5 `new` i64:6
  delete[] memory;                         //! SINK 6 `delete` pointer
  return caught == 1 && narrow == 10 && wide == 14 ? 0 : 1;
}
