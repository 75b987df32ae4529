// The LLVM plugin of flow-cc: marks the locations of the database in FLOW_DB, in two stages.
//
// Before any optimisation, where debug locations are best, it inserts calls (matcher.h,
// report_emitter.h) and leaves notes of what it found in the object (match_notes.h). After all
// optimisations and after AFL++'s own instrumentation it inlines the counters (inline_hits.h) and
// what decides about a report (inline_reports.h). Without FLOW_DB it does nothing but the latter.
// FLOW_INLINE_HITS says whether anything is inlined; where it is not set, it is unless link-time
// optimisation is to follow.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "flowdb/reader.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "runtime/instrument/choose_place.h"
#include "runtime/instrument/embed_bitcode.h"
#include "runtime/instrument/inline_hits.h"
#include "runtime/instrument/inline_reports.h"
#include "runtime/instrument/llvm_compat.h"
#include "runtime/instrument/match_notes.h"
#include "runtime/instrument/matcher.h"
#include "runtime/instrument/report_emitter.h"

namespace flowmon {
namespace {

constexpr char kNotesVariable[] = "flowmon.match_notes";

void AddNotes(llvm::Module& module, const ObjectNotes& notes) {
  llvm::Constant* text =
      llvm::ConstantDataArray::getString(module.getContext(), FormatObjectNotes(notes),
                                         /*AddNull=*/false);
  auto* variable =
      llvm::cast<llvm::GlobalVariable>(module.getOrInsertGlobal(kNotesVariable, text->getType()));
  variable->setInitializer(text);
  variable->setConstant(true);
  variable->setLinkage(llvm::GlobalValue::InternalLinkage);
  variable->setSection(kMatchNotesSection);
  variable->setAlignment(llvm::Align(1));
  llvm::appendToUsed(module, {variable});
}

// Callers must not take an instrumented function for one without effects.
void DropPromises(llvm::Function& function) {
  DropMemoryPromises(function);
  for (llvm::User* user : function.users()) {
    auto* call = llvm::dyn_cast<llvm::CallBase>(user);
    if (call != nullptr && call->getCalledFunction() == &function) DropMemoryPromises(*call);
  }
}

// Sources are reported before sinks that share their point.
int EmissionOrder(LocationKind kind) { return kind == LocationKind::kSink ? 1 : 0; }

void Instrument(llvm::Module& module, const FlowDb& db, ObjectNotes& notes) {
  ModuleMatches found = MatchModule(module, db);
  notes.units = std::move(found.units);
  std::stable_sort(found.matches.begin(), found.matches.end(), [](const Match& a, const Match& b) {
    return EmissionOrder(a.kind) < EmissionOrder(b.kind);
  });
  ReportEmitter emitter(module);
  std::vector<std::tuple<const Match*, const Place*, llvm::Instruction*>> work;
  for (const Match& match : found.matches) {
    const Place& place = ChoosePlace(match);
    llvm::Instruction* point = emitter.InsertionPoint(match.kind, place);
    if (point != nullptr) work.emplace_back(&match, &place, point);
  }
  for (const auto& [match, place, point] : work) {
    notes.matches.push_back({match->kind, match->location->id, match->exact, DescribeCode(*place),
                             DescribePlace(*place)});
    emitter.Emit(match->kind, match->location->id, *place, point);
    DropPromises(*match->function);
  }
}

struct MarkLocations : llvm::PassInfoMixin<MarkLocations> {
  static bool isRequired() { return true; }

  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
    const char* path = std::getenv("FLOW_DB");
    const bool is_done = module.getNamedGlobal(kNotesVariable) != nullptr;
    if (path == nullptr || *path == '\0' || is_done) return llvm::PreservedAnalyses::all();
    const absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
    if (!file.ok()) {
      module.getContext().emitError("flow-cc: FLOW_DB: " + std::string(file.status().message()));
      return llvm::PreservedAnalyses::all();
    }
    ObjectNotes notes{file->content_hash, path, {}, {}};
    Instrument(module, file->db, notes);
    AddNotes(module, notes);
    return llvm::PreservedAnalyses::none();
  }
};

struct EmbedForDeriving : llvm::PassInfoMixin<EmbedForDeriving> {
  static bool isRequired() { return true; }

  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
    const char* path = std::getenv("FLOW_DERIVE");
    const bool is_wanted = path != nullptr && *path != '\0';
    return is_wanted && EmbedBitcode(module) ? llvm::PreservedAnalyses::none()
                                             : llvm::PreservedAnalyses::all();
  }
};

struct InlineFastPaths : llvm::PassInfoMixin<InlineFastPaths> {
  static bool isRequired() { return true; }

  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
    const char* setting = std::getenv("FLOW_INLINE_HITS");
    const bool may_inline = setting == nullptr || *setting == '\0'
                                ? !IsBeforeLinkTimeOptimization(module)
                                : setting != std::string_view("0");
    if (!may_inline) return llvm::PreservedAnalyses::all();
    bool changed = InlineHits(module);
    changed |= InlineReports(module);
    return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
  }
};

void Register(llvm::PassBuilder& pass_builder) {
  RegisterAtBothEnds(
      pass_builder,
      [](llvm::ModulePassManager& passes) {
        passes.addPass(EmbedForDeriving());
        passes.addPass(MarkLocations());
      },
      [](llvm::ModulePassManager& passes) { passes.addPass(InlineFastPaths()); });
}

}  // namespace
}  // namespace flowmon

extern "C" __attribute__((visibility("default"))) llvm::PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "flowmon", "1", flowmon::Register};
}
