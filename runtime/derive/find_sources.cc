#include "runtime/derive/find_sources.h"

#include <optional>

#include "flowdb/str_cat.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/InstIterator.h"
#include "runtime/derive/library_models.h"
#include "runtime/instrument/data_rule.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {
namespace {

void AddLeaves(const std::set<LeafId>& leaves, const llvm::Instruction* writer, Source& source) {
  for (const LeafId leaf : leaves) source.leaves.emplace_back(leaf, writer);
}

void AddEntry(PointsTo& memory, const Entry& entry, Sources& sources) {
  llvm::Function& function = *entry.function;
  const bool is_main = function.getName() == "main";
  const bool is_fuzz_entry = function.getName() == kFuzzEntry && function.arg_size() == 2;
  for (llvm::Argument& argument : function.args()) {
    const auto& [name, place] = entry.parameters[argument.getArgNo()];
    if (place.file.empty() || (is_main && !argument.getType()->isPointerTy())) continue;
    Source source{place, "value", name, {}, {}};
    if (!argument.getType()->isPointerTy()) {
      source.values.push_back(&argument);
    } else if (is_main) {
      source.data = "";
      for (const LeafId leaf : memory.TouchedByPointee(argument)) {
        source.leaves.emplace_back(leaf, nullptr);
      }
    } else {
      source.data = is_fuzz_entry ? "bytes" : "";
      AddLeaves(memory.Filled(&argument, 0), nullptr, source);
    }
    if (is_fuzz_entry && !source.leaves.empty()) {
      sources.input = memory.objects().ObjectOf(source.leaves.front().first);
    }
    if (is_fuzz_entry && source.leaves.empty()) sources.input_size = &argument;
    // Parts of one parameter.
    if (!sources.all.empty() && sources.all.back().place == place &&
        sources.all.back().name == name) {
      Source& whole = sources.all.back();
      whole.values.insert(whole.values.end(), source.values.begin(), source.values.end());
      whole.leaves.insert(whole.leaves.end(), source.leaves.begin(), source.leaves.end());
      continue;
    }
    sources.all.push_back(std::move(source));
  }
}

// The arguments that arrive in the memory of a parameter: a struct may be passed as several, by way
// of another local.
std::set<const llvm::Argument*> ArgumentsIn(const llvm::Value& memory) {
  std::set<const llvm::Argument*> arguments;
  const auto add = [&](const llvm::Value* value) {
    while (const auto* cast = llvm::dyn_cast<llvm::CastInst>(value)) value = cast->getOperand(0);
    if (const auto* argument = llvm::dyn_cast<llvm::Argument>(value)) arguments.insert(argument);
  };
  add(&memory);
  llvm::SetVector<const llvm::Value*> pointers;
  pointers.insert(&memory);
  for (size_t i = 0; i < pointers.size(); ++i) {
    if (!llvm::isa<llvm::Instruction>(pointers[i])) continue;
    for (const llvm::User* user : pointers[i]->users()) {
      if (llvm::isa<llvm::BitCastInst, llvm::GetElementPtrInst>(user)) pointers.insert(user);
      if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(user)) add(store->getValueOperand());
      // Copies of the program's own have a line.
      const auto* copy = llvm::dyn_cast<llvm::MemCpyInst>(user);
      if (copy != nullptr && !copy->getDebugLoc() && copy->getRawDest() == pointers[i]) {
        pointers.insert(copy->getSource());
      }
    }
  }
  return arguments;
}

struct Input {
  Port port;
  std::string_view data;
  std::string name;
  uint64_t size = 0;  // of bytes, in bytes; 0: not known
};

uint64_t SizeOf(const llvm::CallBase& call, const SizeRule& rule) {
  switch (rule.kind) {
    case SizeRule::Kind::kArgument:
      return ConstantProduct(call, rule.a, -1);
    case SizeRule::Kind::kProduct:
      return ConstantProduct(call, rule.a, rule.b);
    default:
      return 0;
  }
}

std::set<LeafId> FilledBy(PointsTo& memory, const llvm::CallBase& call, const Input& input) {
  const auto [kind, argument] = input.port;
  if (kind != Port::Kind::kContent || argument == kReturnValue || input.data != "bytes") {
    return memory.TouchedBy(call, input.port);
  }
  if (static_cast<unsigned>(argument) >= call.arg_size()) return {};
  return memory.Filled(call.getArgOperand(static_cast<unsigned>(argument)), input.size);
}

// What a call brings into the program, by the user's rules or the library's.
std::optional<Input> InputOf(const llvm::CallBase& call, const FunctionRules& functions) {
  const llvm::Function* callee = call.getCalledFunction();
  const std::string symbol = callee == nullptr ? "" : callee->getName().str();
  if (const FunctionRule* rule = functions.Find(FunctionRole::kSource, symbol);
      rule != nullptr && !symbol.empty()) {
    const auto port = [&](Port::Kind kind) { return Port{kind, rule->data.argument}; };
    const std::string name = StrCat(QualifiedName(symbol), "()");
    switch (rule->data.kind) {
      case DataRule::Kind::kBytes:
        return Input{port(Port::Kind::kContent), "bytes", name, SizeOf(call, rule->data.size)};
      case DataRule::Kind::kText:
        return Input{port(Port::Kind::kContent), "text", name};
      case DataRule::Kind::kPointeeBytes:
        return Input{port(Port::Kind::kPointee), "bytes", name};
      case DataRule::Kind::kPointeeText:
        return Input{port(Port::Kind::kPointee), "text", name};
      default:
        return Input{{Port::Kind::kValue, kReturnValue}, "value", name};
    }
  }
  if (callee == nullptr || !callee->isDeclaration()) return std::nullopt;
  const std::string name = LibraryName(call);
  const LibraryModel* model = FindLibraryModel(name);
  if (model == nullptr || model->source.kind == Port::Kind::kNone) return std::nullopt;
  return Input{model->source, model->source_data, StrCat(name, "()"),
               ConstantProduct(call, model->size, model->count)};
}

}  // namespace

std::vector<Parameter> ParametersOf(llvm::Function& function) {
  std::vector<Parameter> parameters(function.arg_size());
  const auto set = [&](const std::set<const llvm::Argument*>& arguments,
                       const llvm::DILocalVariable& variable, const SourcePlace& place) {
    if (variable.getArg() == 0 || variable.isArtificial()) return;
    if (variable.getScope()->getSubprogram() != function.getSubprogram()) return;  // inlined
    for (const llvm::Argument* argument : arguments) {
      Parameter& parameter = parameters[argument->getArgNo()];
      // The first one: later, another variable may have been given the value.
      if (parameter.name.empty()) parameter = {variable.getName().str(), place};
    }
  };
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    ForEachDeclarationAt(instruction, [&](const Declaration& declaration) {
      set(ArgumentsIn(*declaration.address), *declaration.variable, PlaceOf(declaration.loc));
    });
    // All that optimised bitcode has: no place of its own.
    ForEachValueAt(instruction,
                   [&](const llvm::Value& value, const llvm::DILocalVariable& variable) {
                     const auto* argument = llvm::dyn_cast<llvm::Argument>(&value);
                     if (argument != nullptr)
                       set({argument}, variable, PlaceOf(*function.getSubprogram()));
                   });
  }
  return parameters;
}

Sources FindSources(PointsTo& memory, const std::vector<Entry>& entries,
                    const FunctionRules& functions) {
  Sources sources;
  for (const Entry& entry : entries) AddEntry(memory, entry, sources);
  // Inlining makes several calls of one place.
  std::map<SourcePlace, Source> calls;
  for (llvm::Function* function : memory.functions()) {
    for (llvm::Instruction& instruction : llvm::instructions(*function)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr) continue;
      const std::optional<Input> input = InputOf(*call, functions);
      SourcePlace place = input.has_value() ? PlaceOf(call->getDebugLoc()) : SourcePlace();
      if (place.file.empty()) continue;
      Source& source = calls[place];
      source.place = std::move(place);
      source.data = input->data;
      source.name = input->name;
      const bool is_value = input->port.kind == Port::Kind::kValue;
      // How much was read depends on what is there to be read.
      if (is_value || call->getType()->isIntegerTy(64)) source.values.push_back(call);
      if (!is_value) AddLeaves(FilledBy(memory, *call, *input), call, source);
    }
  }
  for (auto& [place, source] : calls) sources.all.push_back(std::move(source));
  return sources;
}

}  // namespace flowmon
