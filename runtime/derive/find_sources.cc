#include "runtime/derive/find_sources.h"

#include <optional>

#include "flowdb/str_cat.h"
#include "llvm/IR/InstIterator.h"
#include "runtime/derive/library_models.h"
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
    sources.all.push_back(std::move(source));
  }
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
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      ForEachDeclarationAt(instruction, [&](const Declaration& declaration) {
        const unsigned number = declaration.variable->getArg();
        if (number == 0 || number > parameters.size()) return;
        parameters[number - 1] = {declaration.variable->getName().str(), PlaceOf(declaration.loc)};
      });
    }
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
