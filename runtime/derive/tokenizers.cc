#include "runtime/derive/tokenizers.h"

#include <utility>
#include <vector>

#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

namespace flowmon {
namespace {

struct Tokenizer {
  const char* name;
  int kept_in;  // the argument that points to where it is kept, -1: in the library
  bool takes_text;
};

constexpr Tokenizer kTokenizers[] = {
    {"strtok", -1, true}, {"strtok_r", 2, true},  {"__strtok_r", 2, true},
    {"strsep", 0, false}, {"__strsep", 0, false},
};

std::vector<llvm::CallInst*> CallsOf(llvm::Function& function) {
  std::vector<llvm::CallInst*> calls;
  for (llvm::User* user : function.users()) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(user);
    if (call != nullptr && call->getCalledFunction() == &function) calls.push_back(call);
  }
  return calls;
}

// Both pointers that it handles, and their type.
bool IsAsDeclared(const llvm::Function& function, const Tokenizer& tokenizer) {
  const auto num_arguments = static_cast<size_t>(tokenizer.kept_in == 2 ? 3 : 2);
  if (!function.isDeclaration() || function.arg_size() != num_arguments) return false;
  for (const llvm::Argument& argument : function.args()) {
    if (!argument.getType()->isPointerTy()) return false;
  }
  return function.getReturnType() == function.getArg(1)->getType();
}

void WriteOut(llvm::CallInst& call, const Tokenizer& tokenizer) {
  llvm::Module& module = *call.getModule();
  llvm::Type* text = call.getType();
  llvm::IRBuilder<> builder(&call);
  builder.SetCurrentDebugLocation(llvm::DebugLoc());
  llvm::Value* kept_in = nullptr;
  if (tokenizer.kept_in < 0) {
    kept_in = module.getOrInsertGlobal("flowmon.strtok", text, [&] {
      return new llvm::GlobalVariable(module, text, /*isConstant=*/false,
                                      llvm::GlobalValue::InternalLinkage,
                                      llvm::Constant::getNullValue(text), "flowmon.strtok");
    });
  } else {
    kept_in = builder.CreateBitCast(call.getArgOperand(static_cast<unsigned>(tokenizer.kept_in)),
                                    llvm::PointerType::getUnqual(text));
  }
  llvm::Value* from = builder.CreateLoad(text, kept_in);
  if (tokenizer.takes_text) {
    llvm::Value* given = builder.CreateBitCast(call.getArgOperand(0), text);
    from = builder.CreateSelect(builder.CreateIsNull(given), from, given);
  }
  const llvm::FunctionCallee strtok = module.getOrInsertFunction("strtok", text, text, text);
  llvm::CallInst* token = builder.CreateCall(strtok, {from, call.getArgOperand(1)});
  token->setDebugLoc(call.getDebugLoc());
  builder.CreateStore(token, kept_in);
  call.replaceAllUsesWith(token);
  call.eraseFromParent();
}

}  // namespace

void WriteOutTokenizers(llvm::Module& module) {
  // All are found before any is written out, which makes calls of strtok().
  std::vector<std::pair<llvm::CallInst*, const Tokenizer*>> found;
  for (const Tokenizer& tokenizer : kTokenizers) {
    llvm::Function* function = module.getFunction(tokenizer.name);
    if (function == nullptr || !IsAsDeclared(*function, tokenizer)) continue;
    for (llvm::CallInst* call : CallsOf(*function)) found.emplace_back(call, &tokenizer);
  }
  for (const auto& [call, tokenizer] : found) WriteOut(*call, *tokenizer);
}

}  // namespace flowmon
