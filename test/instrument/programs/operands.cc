// clang-format off
// The same for C++: subscripts that are calls. Marks: flow_cc_harness.h.
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace ns {
class Buffer {
 public:
  __attribute__((noinline)) char& operator[](unsigned i) { return data_[i % 8]; }
  __attribute__((noinline)) char& at(short i) { return data_[i % 8]; }

 private:
  char data_[8] = {};
};
}  // namespace ns

__attribute__((noinline)) static int Use(std::vector<int>& v, std::array<int, 4>& a, ns::Buffer& b,
                                         std::string& s, std::map<int, int>& m, size_t i, int small) {
  int sum = v[i];                   //! SINK 1 `v[i]` i64:2
  sum += a[i];                      //! SINK 2 `a[i]` i64:2
  sum += b[7u + small];             //! SINK 3 `b[7u + small]` i32:8
  sum += v.at(i);                   //! SINK 4 `v.at(i)` i64:2
  sum += s[i];                      //! SINK 5 `s[i]` i64:2
  v[small] = 7;                     //! SINK 6 `v[small]` i32:1
  sum += b.at(3);                   //! SINK 7 `b.at(3)` i16:3
  sum += m[small];
  return sum;
}

int main() {
  std::vector<int> v = {1, 2, 3};
  std::array<int, 4> a = {1, 2, 3, 4};
  ns::Buffer b;
  std::string s = "text";
  std::map<int, int> m;
  volatile size_t two = 2;
  std::printf("%d\n", Use(v, a, b, s, m, two, 1));
  return 0;
}
