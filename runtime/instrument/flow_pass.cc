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
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "flowdb/reader.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "runtime/flow_shm.h"
#include "runtime/instrument/choose_data.h"
#include "runtime/instrument/choose_place.h"
#include "runtime/instrument/embed_bitcode.h"
#include "runtime/instrument/function_rules.h"
#include "runtime/instrument/inline_hits.h"
#include "runtime/instrument/inline_reports.h"
#include "runtime/instrument/library_calls.h"
#include "runtime/instrument/llvm_compat.h"
#include "runtime/instrument/match_notes.h"
#include "runtime/instrument/matcher.h"
#include "runtime/instrument/object_section.h"
#include "runtime/instrument/report_emitter.h"

namespace flowmon {
namespace {

constexpr char kNotesVariable[] = "flowmon.match_notes";

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
constexpr char kDatabaseSection[] = TEXT(FLOW_DATABASE_SECTION);
#undef TEXT
#undef TEXT_OF

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

// What is reported for a match, and where.
struct Work {
  const Match* match;
  const Place* place;
  ReportPlan plan;
  std::string what;  // for the notes
  llvm::Instruction* point = nullptr;
};

// A user's rule that the call cannot follow is not passed over in silence.
void WarnOfUnfitRule(const Match& match, const Place& place) {
  const auto* call = llvm::dyn_cast<llvm::CallBase>(place.code);
  if (call == nullptr || match.kind == LocationKind::kIntermediate) return;
  const FunctionRule* rule = FindUnfitRule(*call, match.kind);
  if (rule == nullptr) return;
  const std::string text =
      absl::StrCat("flow-cc: ", FunctionRules::kEnvironmentVariable, " line ", rule->line, ": ",
                   CalleeName(*call), " at ", DescribePlace(place),
                   " has no such data; it is reported as an unknown function");
  // As LLVMContext::emitError() does it.
  match.function->getContext().diagnose(llvm::DiagnosticInfoInlineAsm(text, llvm::DS_Warning));
}

// What an expression's last step starts from: the value that is converted, the call whose result is
// loaded from (in C++, v[i]). nullptr if it is no such step.
const llvm::Value* StepBefore(const llvm::Instruction& code) {
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&code)) return cast->getOperand(0);
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(&code);
  return load != nullptr && llvm::isa<llvm::CallBase>(load->getPointerOperand())
             ? load->getPointerOperand()
             : nullptr;
}

// Where the access or operation stands that a place's value comes from.
const Place& Innermost(const Match& match, const Place& place) {
  const Place* inner = &place;
  while (inner->kind == Place::Kind::kCode) {
    const llvm::Value* before = StepBefore(*inner->code);
    const auto found =
        std::find_if(match.places.begin(), match.places.end(), [&](const Place& other) {
          return other.kind == Place::Kind::kCode && other.code == before;
        });
    if (found == match.places.end()) break;
    inner = &*found;
  }
  return *inner;
}

// By the location's label, where one of the places has such data; else as usual.
Work PlanWork(const FlowDb& db, const Match& match) {
  const Place& usual = ChoosePlace(match);
  Work work{&match, &usual, {}, DescribeCode(usual)};
  if (match.kind == LocationKind::kIntermediate) return work;
  WarnOfUnfitRule(match, usual);
  const Place& inner = Innermost(match, usual);
  work.plan = PlanUsual(match.kind, inner, *match.location);
  if (work.plan.what != ReportPlan::What::kUsual) work.place = &inner;
  const std::string* label = db.FindLabel(RecordKindOf(match.kind), match.location->id, kDataLabel);
  if (label == nullptr) return work;
  const std::optional<DataChoice> choice = ParseDataChoice(*label);
  const auto use = [&](const Place& place) {
    const std::optional<ReportPlan> plan =
        choice ? PlanChosen(*choice, match.kind, place) : std::nullopt;
    if (!plan) return false;
    work = {&match, &place, *plan, absl::StrCat(DescribeCode(place), "[", *label, "]")};
    return true;
  };
  // The outermost part of the expression that has it.
  const bool is_used = use(usual) || std::any_of(match.places.rbegin(), match.places.rend(), use);
  if (!is_used) absl::StrAppend(&work.what, kUnmetLabel, *label, "]");
  return work;
}

void Instrument(llvm::Module& module, const FlowDb& db, ObjectNotes& notes) {
  ModuleMatches found = MatchModule(module, db);
  notes.units = std::move(found.units);
  std::stable_sort(found.matches.begin(), found.matches.end(), [](const Match& a, const Match& b) {
    return EmissionOrder(a.kind) < EmissionOrder(b.kind);
  });
  ReportEmitter emitter(module);
  std::vector<Work> all;
  for (const Match& match : found.matches) {
    Work work = PlanWork(db, match);
    work.point = emitter.InsertionPoint(match.kind, *work.place, work.plan);
    if (work.point != nullptr) all.push_back(std::move(work));
  }
  for (const Work& work : all) {
    const Match& match = *work.match;
    notes.matches.push_back(
        {match.kind, match.location->id, match.exact, work.what, DescribePlace(*work.place)});
    emitter.Emit(match.kind, match.location->id, *work.place, work.plan, work.point);
    DropPromises(*match.function);
  }
}

// False, with the error reported, if the file is there and cannot be used.
bool ReadFunctionRules(llvm::Module& module) {
  const char* path = std::getenv(FunctionRules::kEnvironmentVariable);
  if (path == nullptr || *path == '\0') return true;
  absl::StatusOr<FunctionRules> rules = FunctionRules::Read(path);
  if (!rules.ok()) {
    module.getContext().emitError(absl::StrCat("flow-cc: ", FunctionRules::kEnvironmentVariable,
                                               ": ", rules.status().message()));
    return false;
  }
  SetFunctionRules(*std::move(rules));
  return true;
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
    if (!ReadFunctionRules(module)) return llvm::PreservedAnalyses::all();
    ObjectNotes notes{file->content_hash, path, {}, {}};
    Instrument(module, file->db, notes);
    AddToSection(module, kMatchNotesSection, kNotesVariable, FormatObjectNotes(notes));
    std::string hash(sizeof(file->content_hash), '\0');
    std::memcpy(hash.data(), &file->content_hash, hash.size());
    AddToSection(module, kDatabaseSection, "flowmon.database", hash);
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
