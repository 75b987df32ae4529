// CATEGORY: containers
// WHY: A string is made of the input and used as a command; the second string is a literal with the
// same type. Making the string copies and allocates, which may be reported.
// INPUT: true
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {  // FLOW-SOURCE a
  const char* text = reinterpret_cast<const char*>(data);
  std::string command(text, size);  // MAY a copy, copy-size, allocation-size
  std::string constant = "true";
  int status = system(command.c_str());  // MUST a command
  status += system(constant.c_str());    // MUST-NOT a command
  return status == 7;
}
