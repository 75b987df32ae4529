// clang-format off
// Functions that functions.list names. Marks: flow_cc_harness.h.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

struct Large { long values[4]; };

static char bytes[16];

extern "C" {
__attribute__((noinline)) long my_recv(int, char* to, size_t room) { std::memcpy(to, "network", room < 7 ? room : 7); return room < 7 ? (long)room : 7; }
__attribute__((noinline)) int my_exec(const char* command) { return command[0] == 0; }
__attribute__((noinline)) int my_alloc(unsigned n, unsigned size) { return n * size == 0; }
__attribute__((noinline)) int my_fread(char*, int size, int fails) { return fails ? -1 : size; }
__attribute__((noinline)) void my_line(char** line) { *line = bytes; std::strcpy(bytes, "line"); }
}
__attribute__((noinline)) static int net_first(int a, int b) { return a + b; }
__attribute__((noinline)) static int net_second(int a, int b) { return a - b; }

namespace ns {
class Socket {
 public:
  __attribute__((noinline)) bool Send(const void* data, size_t size) { return size == 0 || data == nullptr; }
  __attribute__((noinline)) bool operator==(int other) const { return other == 1; }
  __attribute__((noinline)) Large Receive(const char* name) { Large large = {{name[0], 0, 0, 0}}; return large; }
};
template <typename T> __attribute__((noinline)) T Twice(T value) { return value + value; }
}  // namespace ns

int main() {
  char* heap = static_cast<char*>(std::malloc(16));
  std::strcpy(heap, "sent data");
  ns::Socket socket;
  volatile int two = 2;
  long n = my_recv(two, heap, 4);          //! SOURCE 1 `my_recv` "netw" //! SINK 1 `my_recv` i32:2
  n += my_exec(heap);                      //! SINK 2 `my_exec` "netw data"
  n += my_alloc(3, (unsigned)two);         //! SINK 3 `my_alloc` i64:6
  n += my_fread(bytes, 4, two == 2);       //! SOURCE 12 `my_fread` ""
  char* line;
  my_line(&line);                          //! SOURCE 4 `my_line` "line"
  n += net_first(two, 5);                  //! SINK 5 `net_first` i32:5
  n += net_second(two, 5);                 //! SINK 6 `net_second` i32:2
  n += socket.Send(heap, 3);               //! SINK 7 `Send` "net"
  n += socket == two;                      //! SINK 8 `==` i32:2
  Large large = socket.Receive("name");    //! SINK 9 `Receive` "name"
  n += ns::Twice(two + 1);                 //! SINK 10 `ns::Twice` i32:3
  n += (long)std::strlen(line);            //! SINK 11 `std::strlen` pointer
  std::printf("%ld %ld\n", n, large.values[0]);
  std::free(heap);
  return 0;
}
