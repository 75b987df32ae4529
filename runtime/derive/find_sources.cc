#include "runtime/derive/find_sources.h"

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
      AddLeaves(memory.Touched(&argument, 0), nullptr, source);
    }
    if (is_fuzz_entry && !source.leaves.empty()) {
      sources.input = memory.objects().ObjectOf(source.leaves.front().first);
    }
    if (is_fuzz_entry && source.leaves.empty()) sources.input_size = &argument;
    sources.all.push_back(std::move(source));
  }
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

Sources FindSources(PointsTo& memory, const std::vector<Entry>& entries) {
  Sources sources;
  for (const Entry& entry : entries) AddEntry(memory, entry, sources);
  // Inlining makes several calls of one place.
  std::map<SourcePlace, Source> calls;
  for (llvm::Function* function : memory.functions()) {
    for (llvm::Instruction& instruction : llvm::instructions(*function)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr || !memory.Callees(*call).empty()) continue;
      const std::string name = LibraryName(*call);
      const LibraryModel* model = FindLibraryModel(name);
      if (model == nullptr || model->source.kind == Port::Kind::kNone) continue;
      SourcePlace place = PlaceOf(call->getDebugLoc());
      if (place.file.empty()) continue;
      Source& source = calls[place];
      source.place = std::move(place);
      source.data = model->source_data;
      source.name = StrCat(name, "()");
      const bool is_value = model->source.kind == Port::Kind::kValue;
      // How much was read depends on what is there to be read.
      if (is_value || call->getType()->isIntegerTy(64)) source.values.push_back(call);
      if (!is_value) AddLeaves(memory.TouchedBy(*call, model->source), call, source);
    }
  }
  for (auto& [place, source] : calls) sources.all.push_back(std::move(source));
  return sources;
}

}  // namespace flowmon
