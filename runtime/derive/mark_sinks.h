// Finds the sinks of a program and marks each with a call that no optimisation touches: it stands
// in front of the sink, has the sink's debug location, and takes what the sink depends on as
// operands. So the program can be simplified and inlined afterwards without losing one.
//
//     call void (...) @flowmon.sink(i32 <number>, <value or pointer> [, <base pointer>])

#ifndef FLOWMON_RUNTIME_DERIVE_MARK_SINKS_H_
#define FLOWMON_RUNTIME_DERIVE_MARK_SINKS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include "runtime/derive/rules.h"
#include "runtime/instrument/function_rules.h"

namespace flowmon {

struct Sink {
  Rule rule;
  std::string data;    // its label `data`
  bool is_content;     // what the operand points to is used, not the operand itself
  std::string callee;  // of a library call
  // kIndex: the number of elements of the array, 0 if only the object tells; their size in bytes.
  uint64_t extent = 0;
  uint64_t stride = 1;
};

// Marks the sinks in all functions, calls of the user's own sink functions included. The result is
// indexed by the markers' numbers. The module must be in SSA form (mem2reg): loops are understood
// by their counters.
std::vector<Sink> MarkSinks(llvm::Module& module, const FunctionRules& functions);

struct SinkMarker {
  uint32_t number;
  llvm::Value* operand;
  llvm::Value* base;  // kIndex: what is indexed; copies: the destination; else nullptr
};

// False for any other call.
bool ReadSinkMarker(const llvm::CallBase& call, SinkMarker& marker);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_MARK_SINKS_H_
