// Copies standard input: source and sink 2 of copy.flowdb.
#include <unistd.h>

#include <cstring>
#include <vector>

int main() {
  std::vector<char> input(64), copy(64);
  const ssize_t size = read(0, input.data(), input.size());
  if (size < 1) return 0;
  std::memcpy(copy.data(), input.data(), static_cast<size_t>(size));
  return copy[0] == 'x' && copy[size - 1] == 'y';
}
