#include "runtime/instrument/embed_bitcode.h"

#include <string>

#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Support/raw_ostream.h"
#include "runtime/instrument/bitcode_frames.h"
#include "runtime/instrument/object_section.h"

namespace flowmon {

bool EmbedBitcode(llvm::Module& module) {
  constexpr char kVariable[] = "flowmon.bitcode";
  if (module.getNamedGlobal(kVariable) != nullptr) return false;
  std::string bitcode;
  llvm::raw_string_ostream stream(bitcode);
  llvm::WriteBitcodeToFile(module, stream);
  stream.flush();
  AddToSection(module, kBitcodeSection, kVariable, MakeBitcodeFrame(bitcode));
  return true;
}

}  // namespace flowmon
