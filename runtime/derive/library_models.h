// What the deriver knows of library functions: which of them bring data into the program, how data
// goes through them, and which of their arguments are sinks.
//
// One declarative table, in library_models.cc. (runtime/instrument/library_calls.h is another
// matter: what is reported of a call when it runs.)

#ifndef FLOWMON_RUNTIME_DERIVE_LIBRARY_MODELS_H_
#define FLOWMON_RUNTIME_DERIVE_LIBRARY_MODELS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "llvm/IR/InstrTypes.h"
#include "runtime/derive/rules.h"
#include "runtime/instrument/data_rule.h"

namespace flowmon {

// A place where data is, seen from a call.
struct Port {
  enum class Kind : uint8_t {
    kNone,
    kValue,    // the argument, or the value returned
    kContent,  // what it points to
    kPointee,  // what the pointer that it points to points to
    kRest,     // what this argument and all later ones point to
  };
  Kind kind = Kind::kNone;
  int8_t argument = 0;  // kReturnValue: the value returned
};

struct Effect {
  Port from, to;
};

struct LibraryModel {
  enum class Pointer : uint8_t {
    kNone,
    kArgument,  // the value returned points into what `argument` points to
    kNew,       // the value returned points to memory of its own
  };
  std::string_view name;
  Port source;                   // data from outside arrives here
  std::string_view source_data;  // label `data` of such a source
  Effect effects[2];
  Pointer returns = Pointer::kNone;
  int8_t argument = 0;
  // The argument that tells how many bytes are made (kNew) or read from outside, times `count` if
  // any.
  int8_t size = -1;
  int8_t count = -1;
  int8_t callback = -1;  // an argument that is called with pointers into `argument`
};

struct LibrarySink {
  std::string_view name;
  Rule rule;
  Port port;
  std::string_view data;
};

// "memcpy" for "llvm.memcpy.p0...", "__memcpy_chk" and the like. Empty for a call of an unknown
// function.
std::string LibraryName(const llvm::CallBase& call);

// A function of the C++ library. They are not known one by one: what goes in may come out.
bool IsCxxLibrary(std::string_view name);

// nullptr if the library function is not known.
const LibraryModel* FindLibraryModel(std::string_view name);
// The product of these arguments, -1: none. 0: not constant.
uint64_t ConstantProduct(const llvm::CallBase& call, int8_t size, int8_t count);
// Several for a function of several rules.
std::span<const LibrarySink> FindLibrarySinks(std::string_view name);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_LIBRARY_MODELS_H_
