// clang-format off
// Templates, lambdas, methods and operators. Marks: flow_cc_harness.h.
#include <cstdint>
#include <cstring>

template <typename T, int kLimit>
[[gnu::noinline]] T Limited(T value) {
  T limit = kLimit;                        //! SINK 1 `kLimit` i32:3 then i64:9
  return value > limit ? limit : value;    //! SOURCE 2 `value > limit` i1:1 then i1:0
}

struct Counter {
  explicit Counter(int32_t start) : count(start), step(2) {}  //! SINK 3 `count(start)` i32:5 //! SINK 4 `(2)` i32:2
  inline Counter& operator+=(int32_t by) { count += by; return *this; }  //! SOURCE 5 `count` i32:8
  virtual int32_t Get(int32_t index) const { return count + index; }     //! SOURCE 6 `index` i32:4
  virtual ~Counter() = default;
  int32_t count, step;
};

template <typename Function>
static auto Apply(Function function, int x) { return function(x); }      //! SOURCE 7 `function(x)` i32:6 then i64:7

int main() {
  int32_t three = Limited<int32_t, 3>(5);  //! SOURCE 8 `Limited<int32_t, 3>(5)` i32:3
  int64_t eight = Limited<int64_t, 9>(8);
  Counter counter(5);
  counter += three;                        //! SINK 9 `three` i32:3
  Counter* pointer = &counter;
  int32_t got = pointer->Get(4);           //! SOURCE 10 `pointer->Get(4)` i32:12 //! SOURCE 11 `4` i32:12
  auto six = Apply([](int x) { return x + 1; }, 5);                        //! SOURCE 12 `x + 1` i32:6 //! SOURCE 13 `x` i32:5
  auto seven = Apply([&](auto x) -> int64_t { return x + got - got; }, 7); //! SOURCE 14 `got` i32:12
  return got == 12 && six == 6 && seven == 7 && eight == 8 ? 0 : 1;
}
