// clang-format off
#include <stddef.h>
#include <stdint.h>

#ifdef LINE
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  //! SOURCE 1 `LLVMFuzzerTestOneInput` "fuzz"
#else
int LLVMFuzzerTestOneInput(
    const uint8_t* data,                   //! SOURCE 2 `data` "fuzz" //! SOURCE 4 [bytes] `data` "fuzz"
    size_t size) {                         //! SOURCE 3 `size_t size` "fuzz" //! SOURCE 5 [value] `size_t size` i64:4
#endif
  return data[0] + (int)size > 1000;
}

int main(void) {
  const uint8_t input[] = {'f', 'u', 'z', 'z', 'e', 'r'};
  return LLVMFuzzerTestOneInput(input, 4);
}
