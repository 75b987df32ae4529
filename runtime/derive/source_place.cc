#include "runtime/derive/source_place.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "flowdb/path_match.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

std::string AbsolutePath(const llvm::DIFile& file) {
  const llvm::StringRef name = file.getFilename();
  if (!name.empty() && name.front() == '/') return NormalizePath(name.str());
  return NormalizePath(StrCat(file.getDirectory().str(), "/", name.str()));
}

bool IsSystemHeader(const std::string& path) {
  return absl::StartsWith(path, "/usr/include/") || absl::StartsWith(path, "/usr/lib/");
}

SourcePlace PlaceOf(const llvm::DILocation& loc) {
  SourcePlace place{AbsolutePath(*loc.getFile()), loc.getLine(), loc.getColumn(),
                    loc.getScope()->getSubprogram()->getName().str()};
  if (place.line == 0 || place.column == 0 || IsSystemHeader(place.file)) return {};
  return place;
}

}  // namespace

SourcePlace PlaceOf(const llvm::DebugLoc& loc) {
  uint32_t depth = 0;
  for (const llvm::DILocation* at = loc.get(); at != nullptr; at = at->getInlinedAt()) {
    SourcePlace place = PlaceOf(*at);
    place.header_depth = depth++;
    if (!place.file.empty()) return place;
    if (!IsSystemHeader(AbsolutePath(*at->getFile()))) return {};
  }
  return {};
}

SourcePlace PlaceOf(const llvm::DISubprogram& function) {
  return {AbsolutePath(*function.getFile()), function.getLine(), 1, function.getName().str()};
}

std::vector<SourcePlace> CallsTo(const llvm::DebugLoc& loc) {
  std::vector<SourcePlace> calls;
  if (!loc) return calls;
  for (const llvm::DILocation* at = loc->getInlinedAt(); at != nullptr; at = at->getInlinedAt()) {
    SourcePlace place = PlaceOf(*at);
    if (!place.file.empty()) calls.push_back(std::move(place));
  }
  std::reverse(calls.begin(), calls.end());
  return calls;
}

}  // namespace flowmon
