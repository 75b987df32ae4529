// The program to derive flows from: bitcode files, or programs linked by flow-cc with FLOW_DERIVE.

#ifndef FLOWMON_RUNTIME_DERIVE_PROGRAM_H_
#define FLOWMON_RUNTIME_DERIVE_PROGRAM_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/IR/Module.h"

namespace flowmon {

struct BitcodeUnit {
  std::string name;  // for messages: the file, and the number of the frame in it
  std::string bytes;
};

// The bitcode in each file: all of a .bc, every frame of an ELF file. Errors name the file.
absl::StatusOr<std::vector<BitcodeUnit>> ReadBitcodeUnits(const std::vector<std::string>& paths);

// All units linked into one module. Error: bitcode that is damaged or of a newer LLVM, units that
// do not fit together, no debug information at all.
absl::StatusOr<std::unique_ptr<llvm::Module>> LinkUnits(const std::vector<BitcodeUnit>& units,
                                                        llvm::LLVMContext& context);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_PROGRAM_H_
