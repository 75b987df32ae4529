#include "runtime/derive/derive.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_join.h"
#include "flowdb/str_cat.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Operator.h"
#include "runtime/derive/find_sources.h"
#include "runtime/derive/mark_sinks.h"
#include "runtime/derive/sanitizers.h"
#include "runtime/derive/simplify.h"
#include "runtime/derive/tokenizers.h"
#include "runtime/derive/value_flow.h"
#include "runtime/instrument/data_rule.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {
namespace {

// Ids of places, functions and steps: at most this many steps of a path are kept.
constexpr size_t kMaxIntermediates = 12;

absl::StatusOr<std::vector<Entry>> FindEntries(llvm::Module& module, const DeriveOptions& options) {
  std::vector<Entry> entries;
  for (const std::string& name : options.entries) {
    llvm::Function* function = module.getFunction(name);
    if (function == nullptr || function->isDeclaration()) {
      return absl::NotFoundError(StrCat("entry function ", name,
                                        " is not defined in this program: give the linker's name ",
                                        "of one that is, in C++ the mangled one"));
    }
    entries.push_back({function, {}});
  }
  for (const char* name : {kFuzzEntry, "main"}) {
    llvm::Function* function = module.getFunction(name);
    if (entries.empty() && function != nullptr && !function->isDeclaration()) {
      entries.push_back({function, {}});
    }
  }
  if (entries.empty()) {
    return absl::NotFoundError(StrCat("no entry: the program defines neither ", kFuzzEntry,
                                      " nor main; name another function with --entry or in ",
                                      "FLOW_DERIVE_ENTRY"));
  }
  return entries;
}

// Inlined, a call of the user's source function would be no source any more.
void KeepSourceFunctions(llvm::Module& module, const FunctionRules& functions) {
  for (llvm::Function& function : module) {
    if (functions.Find(FunctionRole::kSource, function.getName().str()) != nullptr) {
      function.addFnAttr(llvm::Attribute::NoInline);
    }
  }
}

class Deriver {
 public:
  Deriver(const std::vector<Sink>& sinks, const std::vector<Entry>& entries, PointsTo& memory,
          const DeriveOptions& options)
      : sinks_(sinks),
        memory_(memory),
        sources_(FindSources(memory, entries, options.functions)),
        flow_(memory, sanitizers_, sinks, *entries.front().function,
              {.max_steps = options.max_path_steps,
               .total_states = options.max_states,
               .num_runs = std::max<size_t>(1, 2 * sources_.all.size())}) {}

  void Run(DerivedFlows& result) {
    for (const Source& source : sources_.all) {
      const ReachedValues reached = flow_.ReachedFrom(source);
      if (!source.values.empty() && source.values.front() == sources_.input_size) {
        sized_ = reached;
      } else {
        tainted_.values.insert(reached.values.begin(), reached.values.end());
      }
    }
    const Sanitizers::IsTrusted is_trusted = [&](const llvm::Value* limit) {
      return !tainted_.contains(limit) && !sized_.contains(limit);
    };
    for (const Source& source : sources_.all) {
      for (const FoundPath& path : flow_.From(source, is_trusted)) Add(source, path);
    }
    for (auto& [key, flow] : flows_) {
      checked_.erase(key);  // another of its marks is not checked
      result.flows.push_back(std::move(flow));
    }
    result.num_checked = checked_.size();
    result.num_sources = sources_.all.size();
    result.num_cut_paths = flow_.num_cut();
    result.num_cut_sources = flow_.num_cut_sources();
    std::stable_sort(
        result.flows.begin(), result.flows.end(),
        [](const DerivedFlow& a, const DerivedFlow& b) { return a.confidence < b.confidence; });
  }

 private:
  // What is left, from `base` on, of the smallest object that it may point into, in elements; 0:
  // not known, as for a pointer that was moved by something unknown, or before it was stored.
  uint64_t ExtentOf(const Sink& sink, const SinkMarker& marker, const llvm::DataLayout& layout) {
    const llvm::Value* base = marker.base;
    if (sink.extent != 0) return sink.extent;
    if (base == nullptr || sink.stride == 0) return 0;
    if (const uint64_t left = BytesOfArrayAt(*base, layout); left != 0) return left / sink.stride;
    llvm::APInt offset(layout.getIndexTypeSizeInBits(base->getType()), 0);
    const llvm::Value* begin =
        base->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
    if (!IsBeginOfObject(*begin) || offset.isNegative()) return 0;
    uint64_t extent = 0;
    for (const LeafId leaf : memory_.Of(begin)) {
      const MemoryObject& object = memory_.objects().object(memory_.objects().ObjectOf(leaf));
      if (offset.uge(object.size)) return 0;
      const uint64_t elements = (object.size - offset.getZExtValue()) / sink.stride;
      extent = extent == 0 ? elements : std::min(extent, elements);
    }
    return extent;
  }

  // What is left of the array that the pointer is computed from, if it is known; one of one element
  // stands for any number.
  static uint64_t BytesOfArrayAt(const llvm::Value& pointer, const llvm::DataLayout& layout) {
    const auto* cast = llvm::dyn_cast<llvm::BitCastOperator>(&pointer);
    const auto* gep =
        llvm::dyn_cast<llvm::GEPOperator>(cast == nullptr ? &pointer : cast->getOperand(0));
    if (gep == nullptr || !gep->hasAllConstantIndices()) return 0;
    const llvm::Type* container = nullptr;
    const llvm::ArrayType* array = nullptr;
    uint64_t index = 0;
    for (auto step = llvm::gep_type_begin(*gep); step != llvm::gep_type_end(*gep); ++step) {
      array =
          llvm::dyn_cast_or_null<llvm::ArrayType>(std::exchange(container, step.getIndexedType()));
      index = llvm::cast<llvm::ConstantInt>(step.getOperand())->getLimitedValue();
    }
    if (const auto* whole = llvm::dyn_cast<llvm::ArrayType>(container)) {
      array = whole;
      index = 0;
    }
    if (array == nullptr || array->getNumElements() <= 1 || index >= array->getNumElements())
      return 0;
    return (array->getNumElements() - index) *
           FixedBytes(layout.getTypeAllocSize(array->getElementType()));
  }

  static bool IsBeginOfObject(const llvm::Value& value) {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(&value);
    if (call == nullptr) return llvm::isa<llvm::AllocaInst, llvm::GlobalVariable>(value);
    const LibraryModel* model = FindLibraryModel(LibraryName(*call));
    return model != nullptr && model->returns == LibraryModel::Pointer::kNew;
  }

  bool PointsIntoInput(const llvm::Value* base) {
    if (base == nullptr) return false;
    for (const LeafId leaf : memory_.Of(base)) {
      if (memory_.objects().ObjectOf(leaf) != sources_.input) return false;
    }
    return !memory_.Of(base).empty();
  }

  // The program's own checks make this sink harmless.
  bool IsChecked(const Sink& sink, const SinkMarker& marker, const FoundPath& path) {
    if (sink.is_content) return false;
    auto* point = const_cast<llvm::CallBase*>(path.marker);
    if (!marker.operand->getType()->isIntegerTy()) return false;
    const llvm::ConstantRange range = sanitizers_.RangeAt(marker.operand, point);
    const unsigned bits = range.getBitWidth();
    if (sink.rule == Rule::kDivision) return !range.contains(llvm::APInt(bits, 0));
    if (path.is_limited) return true;
    const uint64_t extent = sink.rule == Rule::kIndex || sink.rule == Rule::kCopySize
                                ? ExtentOf(sink, marker, point->getModule()->getDataLayout())
                                : 0;
    const bool fits =
        extent != 0 && range.getUnsignedMax().ule(sink.rule == Rule::kIndex ? extent - 1 : extent);
    // The input's size limits what is read of the input, and what is made of it.
    const bool trusts_size =
        sink.rule == Rule::kIndex ? PointsIntoInput(marker.base) : sink.rule != Rule::kCopySize;
    const auto is_trusted = [&](const llvm::Value* limit) {
      if (llvm::isa<llvm::Constant>(limit)) return extent == 0;
      return !tainted_.contains(limit) && (trusts_size || !sized_.contains(limit));
    };
    if (fits) return true;
    return sanitizers_.IsLimited(marker.operand, point, is_trusted);
  }

  // What the program makes a library's header do: an element that it selects, memory that it asks
  // for. How containers keep and move their own data is no news.
  static bool IsSinkOfHeader(const Sink& sink, const SourcePlace& place, const FoundPath& path) {
    switch (sink.rule) {
      case Rule::kIndex:
        return place.header_depth == 1;  // operator[]
      case Rule::kAllocationSize:
        return (path.traits & kThroughLibrary) == 0;
      case Rule::kCopySize:
        return (path.traits & (kThroughMemory | kThroughLibrary)) == 0;
      default:
        return false;
    }
  }

  void Add(const Source& source, const FoundPath& path) {
    SinkMarker marker{};
    ReadSinkMarker(*path.marker, marker);
    const Sink& sink = sinks_[marker.number];
    DerivedFlow flow{
        source.place, source.name, source.data,       PlaceOf(path.marker->getDebugLoc()),
        sink.data,    sink.rule,   Confidence::kHigh, {},
        sink.callee};
    if (flow.sink.file.empty()) return;
    if (flow.sink.header_depth != 0) {
      if (!IsSinkOfHeader(sink, flow.sink, path)) return;
      flow.sink.header_depth = 0;
      // They are about code that is not there.
      flow.sink_data = "";
      flow.sink_name = "";
    }
    const auto key = std::make_tuple(flow.source, flow.sink, flow.rule);
    if (IsChecked(sink, marker, path)) {
      checked_.insert(key);
      return;
    }
    AddSteps(path, flow);
    const auto [entry, is_new] = flows_.try_emplace(key, flow);
    const auto rank = [](const DerivedFlow& f) {
      return std::make_tuple(f.confidence, f.steps.size(), f.steps);
    };
    if (!is_new && rank(flow) < rank(entry->second)) entry->second = std::move(flow);
  }

  // The lines of the path, those of the source and the sink left out.
  static std::vector<SourcePlace> StepsOf(const FoundPath& path, const DerivedFlow& flow) {
    std::vector<SourcePlace> steps;
    std::set<CodeLine> lines = {{flow.source.file, flow.source.line},
                                {flow.sink.file, flow.sink.line}};
    const auto add = [&](SourcePlace place) {
      if (place.file.empty() || !lines.emplace(place.file, place.line).second) return;
      steps.push_back(std::move(place));
    };
    for (const llvm::Instruction* code : path.steps) {
      for (SourcePlace& call : CallsTo(code->getDebugLoc())) add(std::move(call));
      add(PlaceOf(code->getDebugLoc()));
    }
    for (SourcePlace& call : CallsTo(path.marker->getDebugLoc())) add(std::move(call));
    return steps;
  }

  static void AddSteps(const FoundPath& path, DerivedFlow& flow) {
    std::vector<SourcePlace> steps = StepsOf(path, flow);
    SetConfidence(path, steps, flow);
    // A step that another path goes round may be missing when the data has arrived.
    std::erase_if(steps, [&](const SourcePlace& step) {
      return !path.unavoidable.contains({step.file, step.line});
    });
    // The first and the last steps say most; what is left out is in between, evenly.
    if (steps.size() <= kMaxIntermediates) {
      flow.steps = std::move(steps);
      return;
    }
    constexpr size_t kLast = kMaxIntermediates - 1;
    for (size_t i = 0; i <= kLast; ++i) {
      flow.steps.push_back(steps[(i * (steps.size() - 1) + kLast / 2) / kLast]);
    }
  }

  static void SetConfidence(const FoundPath& path, const std::vector<SourcePlace>& steps,
                            DerivedFlow& flow) {
    std::set<std::string> functions = {flow.source.function, flow.sink.function};
    for (const SourcePlace& step : steps) functions.insert(step.function);
    constexpr size_t kFewFunctions = 4;
    if ((path.traits & kThroughLibrary) != 0) {
      flow.confidence = Confidence::kLow;
    } else if ((path.traits & (kThroughMemory | kThroughAddress)) != 0 ||
               functions.size() > kFewFunctions) {
      flow.confidence = Confidence::kMedium;
    }
  }

  const std::vector<Sink>& sinks_;
  PointsTo& memory_;
  Sanitizers sanitizers_;
  Sources sources_;
  ValueFlow flow_;
  ReachedValues tainted_, sized_;  // by the input's bytes and the like; by its size
  using Key = std::tuple<SourcePlace, SourcePlace, Rule>;
  std::map<Key, DerivedFlow> flows_;
  std::set<Key> checked_;
};

}  // namespace

absl::StatusOr<DerivedFlows> DeriveFlows(llvm::Module& module, const DeriveOptions& options) {
  absl::StatusOr<std::vector<Entry>> entries = FindEntries(module, options);
  if (!entries.ok()) return entries.status();
  std::vector<llvm::Function*> functions;
  std::vector<std::string> names;
  for (Entry& entry : *entries) {
    entry.parameters = ParametersOf(*entry.function);
    functions.push_back(entry.function);
    names.push_back(entry.function->getName().str());
  }
  WriteOutTokenizers(module);
  PrepareForMarking(module);
  const std::vector<Sink> sinks = MarkSinks(module, options.functions);
  KeepSourceFunctions(module, options.functions);
  SimplifyProgram(module, functions, InlineBudget());

  DerivedFlows result;
  result.entry = absl::StrJoin(names, " ");
  auto memory = PointsTo::Solve(module, functions, options.max_points_to_steps);
  if (PromoteIndirectCalls(*memory)) {
    SimplifyProgram(module, functions, InlineBudget());
    memory = PointsTo::Solve(module, functions, options.max_points_to_steps);
  }
  result.points_to_is_cut = memory->is_cut();
  Deriver(sinks, *entries, *memory, options).Run(result);
  return result;
}

}  // namespace flowmon
