#include "runtime/instrument/function_places.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "flowdb/path_match.h"

namespace flowmon {
namespace {

llvm::Instruction* EntryPoint(llvm::Function& function) {
  for (llvm::Instruction& instruction : function.getEntryBlock()) {
    if (!llvm::isa<llvm::AllocaInst, llvm::DbgInfoIntrinsic>(instruction)) return &instruction;
  }
  return function.getEntryBlock().getTerminator();
}

bool IsMarker(const llvm::Instruction& instruction) {
  const auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return llvm::isa<llvm::DbgInfoIntrinsic>(instruction) ||
         (intrinsic != nullptr && intrinsic->isAssumeLikeIntrinsic());
}

class Collector {
 public:
  void AddEntry(llvm::Function& function) {
    const llvm::DISubprogram* subprogram = function.getSubprogram();
    Add(subprogram->getFile(), subprogram->getLine(),
        {Place::Kind::kEntry, EntryPoint(function),
         llvm::DebugLoc(llvm::DILocation::get(function.getContext(), subprogram->getLine(), 0,
                                              function.getSubprogram()))});
  }

  void AddPlacesAt(llvm::Instruction& instruction) {
    ForEachDeclarationAt(instruction, [&](const Declaration& declaration) {
      const llvm::DILocation* loc = declaration.loc.get();
      if (loc == nullptr || declaration.next == nullptr) return;
      Add(loc->getFile(), loc->getLine(),
          {Place::Kind::kDeclaration, declaration.next, declaration.loc, loc->getColumn(),
           declaration.address, declaration.variable});
    });
    const llvm::DILocation* loc = instruction.getDebugLoc().get();
    if (loc == nullptr || IsMarker(instruction)) return;
    Add(loc->getFile(), loc->getLine(),
        {Place::Kind::kCode, &instruction, instruction.getDebugLoc(), loc->getColumn()});
  }

  std::vector<std::pair<const llvm::DIFile*, PlacesByLine>> Take() { return std::move(places_); }

 private:
  void Add(const llvm::DIFile* file, uint32_t line, const Place& place) {
    if (file == nullptr || line == 0) return;
    const auto [index, is_new] = index_.try_emplace(file, places_.size());
    if (is_new) places_.emplace_back(file, PlacesByLine());
    places_[index->second].second[line].push_back(place);
  }

  std::vector<std::pair<const llvm::DIFile*, PlacesByLine>> places_;
  absl::flat_hash_map<const llvm::DIFile*, size_t> index_;
};

}  // namespace

std::vector<std::pair<const llvm::DIFile*, PlacesByLine>> PlacesOf(llvm::Function& function) {
  Collector collector;
  collector.AddEntry(function);
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) collector.AddPlacesAt(instruction);
  }
  return collector.Take();
}

std::string AbsolutePath(const llvm::DIFile& file) {
  const llvm::StringRef name = file.getFilename();
  if (!name.empty() && name.front() == '/') return NormalizePath(name.str());
  return NormalizePath(absl::StrCat(file.getDirectory().str(), "/", name.str()));
}

std::string DescribePlace(const Place& place) {
  const std::string line =
      absl::StrCat(AbsolutePath(*place.loc->getFile()), ":", place.loc->getLine());
  return place.column == 0 ? line : absl::StrCat(line, ":", place.column);
}

}  // namespace flowmon
