#include "runtime/instrument/object_section.h"

#include "llvm/IR/Constants.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

namespace flowmon {

void AddToSection(llvm::Module& module, const char* section, const char* variable,
                  const std::string& bytes) {
  llvm::Constant* value =
      llvm::ConstantDataArray::getString(module.getContext(), bytes, /*AddNull=*/false);
  auto* global =
      llvm::cast<llvm::GlobalVariable>(module.getOrInsertGlobal(variable, value->getType()));
  global->setInitializer(value);
  global->setConstant(true);
  global->setLinkage(llvm::GlobalValue::InternalLinkage);
  global->setSection(section);
  global->setAlignment(llvm::Align(1));
  llvm::appendToUsed(module, {global});
}

}  // namespace flowmon
