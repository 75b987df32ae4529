#include "runtime/instrument/embed_bitcode.h"

#include <string>

#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Constants.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "runtime/instrument/bitcode_frames.h"

namespace flowmon {

bool EmbedBitcode(llvm::Module& module) {
  constexpr char kVariable[] = "flowmon.bitcode";
  if (module.getNamedGlobal(kVariable) != nullptr) return false;
  std::string bitcode;
  llvm::raw_string_ostream stream(bitcode);
  llvm::WriteBitcodeToFile(module, stream);
  stream.flush();
  llvm::Constant* frame = llvm::ConstantDataArray::getString(
      module.getContext(), MakeBitcodeFrame(bitcode), /*AddNull=*/false);
  auto* variable =
      llvm::cast<llvm::GlobalVariable>(module.getOrInsertGlobal(kVariable, frame->getType()));
  variable->setInitializer(frame);
  variable->setConstant(true);
  variable->setLinkage(llvm::GlobalValue::InternalLinkage);
  variable->setSection(kBitcodeSection);
  variable->setAlignment(llvm::Align(1));
  llvm::appendToUsed(module, {variable});
  return true;
}

}  // namespace flowmon
