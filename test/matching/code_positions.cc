#include "test/matching/code_positions.h"

#include <filesystem>
#include <system_error>

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"

namespace flowmon::test {

std::string RealPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

std::map<std::string, std::set<Position>> CodePositions(const llvm::Module& module) {
  std::map<const llvm::DIFile*, std::set<Position>> by_file;
  for (const llvm::Function& function : module) {
    for (const llvm::BasicBlock& block : function) {
      for (const llvm::Instruction& instruction : block) {
        const llvm::DILocation* location = instruction.getDebugLoc().get();
        if (location == nullptr || location->getLine() == 0) continue;
        by_file[location->getFile()].insert({location->getLine(), location->getColumn()});
      }
    }
  }
  std::map<std::string, std::set<Position>> result;
  for (auto& [file, positions] : by_file) {
    std::filesystem::path path = file->getFilename().str();
    if (path.is_relative()) path = file->getDirectory().str() / path;
    result[RealPath(path)].merge(positions);
  }
  return result;
}

}  // namespace flowmon::test
