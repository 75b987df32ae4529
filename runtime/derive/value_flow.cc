#include "runtime/derive/value_flow.h"

#include <algorithm>

#include "llvm/Analysis/CFG.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "runtime/derive/library_models.h"
#include "runtime/derive/mark_sinks.h"
#include "runtime/instrument/llvm_compat.h"

namespace flowmon {
namespace {

// More writers of one leaf than that are not told apart by their order.
constexpr uint32_t kMaxOrderedWriters = 64;

constexpr LeafId kExitMark = ~LeafId{0};

const llvm::DataLayout& LayoutOf(const llvm::Instruction& instruction) {
  return instruction.getModule()->getDataLayout();
}

uint64_t BytesOf(const llvm::Instruction& at, llvm::Type* type) {
  return type->isSized() ? FixedBytes(LayoutOf(at).getTypeStoreSize(type)) : 0;
}

// All bytes of a number of that type, as a mask.
uint8_t BytesOfType(const llvm::Type& type) {
  if (!type.isIntegerTy() || type.getIntegerBitWidth() > 56) return 0xff;
  return static_cast<uint8_t>((1U << (type.getIntegerBitWidth() + 7) / 8) - 1);
}

// Its result depends on its operands as data.
bool PassesData(const llvm::Instruction& instruction) {
  if (llvm::isa<llvm::CmpInst, llvm::AllocaInst>(instruction)) return false;
  return !instruction.getType()->isVoidTy() && !instruction.isTerminator() &&
         !instruction.isEHPad();
}

}  // namespace

ValueFlow::ValueFlow(PointsTo& memory, Sanitizers& sanitizers, std::span<const Sink> sinks,
                     const llvm::Function& entry, Limits limits)
    : memory_(memory),
      sanitizers_(sanitizers),
      sinks_(sinks),
      entry_(entry),
      limits_(limits),
      states_left_(limits.total_states / 2) {
  Index();
}

// Who reads each leaf.
void ValueFlow::Index() {
  for (llvm::Function* function : memory_.functions()) {
    reachable_.insert(function);
    for (llvm::Instruction& instruction : llvm::instructions(*function)) {
      for (const LeafId leaf : ReadBy(instruction)) readers_[leaf].push_back(&instruction);
    }
  }
}

std::set<LeafId> ValueFlow::ReadBy(const llvm::Instruction& instruction) {
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    return memory_.Touched(load->getPointerOperand(), BytesOf(*load, load->getType()));
  }
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
  if (call == nullptr) return {};
  if (const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(call)) {
    const auto* size = llvm::dyn_cast<llvm::ConstantInt>(copy->getLength());
    return memory_.Touched(copy->getRawSource(), size == nullptr ? 0 : size->getZExtValue());
  }
  SinkMarker marker;
  if (ReadSinkMarker(*call, marker)) {
    if (!sinks_[marker.number].is_content) return {};
    return memory_.Touched(marker.operand, 0);
  }
  if (!memory_.Callees(*call).empty()) return {};
  std::set<LeafId> read;
  for (unsigned i = 0; i < call->arg_size(); ++i) {
    const llvm::Value* argument = call->getArgOperand(i);
    if (!argument->getType()->isPointerTy()) continue;
    read.merge(memory_.Touched(argument, call->getParamDereferenceableBytes(i)));
  }
  return read;
}

bool ValueFlow::KeepsOrder(const llvm::Instruction* writer, LeafId leaf) {
  if (writer == nullptr) return false;
  const MemoryObject& object = memory_.objects().object(memory_.objects().ObjectOf(leaf));
  const llvm::Function* function = writer->getFunction();
  if (function == &entry_) return true;
  const auto* local = llvm::dyn_cast<llvm::AllocaInst>(object.site);
  return local != nullptr && local->getFunction() == function;
}

bool ValueFlow::MayFollow(const llvm::Instruction* writer, const llvm::Instruction* reader,
                          LeafId leaf) {
  if (!KeepsOrder(writer, leaf) || writer->getFunction() != reader->getFunction()) return true;
  if (writer->getParent() == reader->getParent()) {
    if (writer == reader || writer->comesBefore(reader)) return true;
  }
  const auto [entry, is_new] = order_.try_emplace({writer, reader}, true);
  if (is_new) entry->second = llvm::isPotentiallyReachable(writer, reader);
  return entry->second;
}

Step ValueFlow::StepOf(StateIndex at) const {
  if (at < 0) return {nullptr, false};
  const State& state = states_[static_cast<size_t>(at)];
  if (state.leaf == kExitMark) return StepOf(state.parent);
  return {state.code, state.IsResult()};
}

void ValueFlow::AddEdge(Step from, Step to) {
  for (StepGraph& graph : graphs_) graph.AddEdge(from, to);
}

void ValueFlow::Push(State state, const llvm::Instruction* writer) {
  // A call's result comes by way of what the callee was left with.
  const StateIndex from = state.exit >= 0 ? state.exit : state.parent;
  if (state.code != nullptr) AddEdge(StepOf(from), {state.code, state.IsResult()});
  if (state.depth > limits_.max_steps) {
    ++num_cut_;
    return;
  }
  if (state.value != nullptr) state.bytes &= BytesOfType(*state.value->getType());
  const Key key{state.value, state.leaf, state.start, writer, state.is_limited};
  ByteMask known = 0;
  if (state.is_limited) {
    Key unlimited = key;
    std::get<4>(unlimited) = false;
    const auto found = seen_.find(unlimited);
    if (found != seen_.end()) known = found->second;
  }
  ByteMask& seen = seen_[key];
  if ((state.bytes & ~(seen | known)) == 0) return;
  if (states_.size() >= std::min(limits_.max_states, states_left_)) {
    is_cut_ = true;
    return;
  }
  seen |= state.bytes;
  states_.push_back(state);
  writers_.push_back(writer);
}

void ValueFlow::ToValue(StateIndex from, const llvm::Value* value, const llvm::Instruction* code,
                        uint8_t traits, ByteMask bytes) {
  const State& old = states_[from];
  Push({value, 0, old.start, old.is_limited, bytes, traits, old.depth + 1, from, -1, code},
       nullptr);
}

// Of the result, given those of one operand.
ValueFlow::ByteMask ValueFlow::BytesAfter(const llvm::Instruction& user, ByteMask bytes) {
  const auto* number =
      user.getNumOperands() == 2 ? llvm::dyn_cast<llvm::ConstantInt>(user.getOperand(1)) : nullptr;
  const uint64_t constant = number == nullptr ? 0 : number->getLimitedValue();
  const llvm::Type* type = user.getType();
  if (!type->isIntegerTy() || type->getIntegerBitWidth() > 64) return kAllBytes;
  switch (user.getOpcode()) {
    case llvm::Instruction::ZExt:
    case llvm::Instruction::Freeze:
    case llvm::Instruction::PHI:
    case llvm::Instruction::Select:
    case llvm::Instruction::Or:
    case llvm::Instruction::Xor:
      return user.getOperand(0)->getType()->isIntegerTy() ? bytes : kAllBytes;
    case llvm::Instruction::Trunc:
      return bytes & BytesOfType(*type);
    case llvm::Instruction::Shl:
      if (number == nullptr || constant % 8 != 0) return kAllBytes;
      return static_cast<ByteMask>(bytes << std::min<uint64_t>(constant / 8, 8));
    case llvm::Instruction::LShr:
      if (number == nullptr || constant % 8 != 0) return kAllBytes;
      return static_cast<ByteMask>(bytes >> std::min<uint64_t>(constant / 8, 8));
    case llvm::Instruction::And: {
      if (number == nullptr) return bytes;
      ByteMask kept = 0;
      for (unsigned i = 0; i < 8; ++i) {
        if ((number->getZExtValue() >> (8 * i) & 0xff) != 0) kept |= static_cast<ByteMask>(1U << i);
      }
      return bytes & kept;
    }
    default:
      return kAllBytes;
  }
}

// The leaf begins `distance` bytes into a number of `size` bytes.
ValueFlow::Place ValueFlow::PlaceIn(LeafId leaf, uint64_t distance, uint64_t size) {
  const uint64_t width = memory_.objects().WidthOf(leaf);
  if (size > 8 || width == 0 || distance >= size || width > size - distance) return {};
  const uint64_t span = std::min(memory_.objects().SpanOf(leaf), size - distance);
  return {static_cast<ByteMask>(((1U << span) - 1) << distance), span == width};
}

void ValueFlow::Store(StateIndex at, llvm::StoreInst& store) {
  const uint64_t size = BytesOf(store, store.getValueOperand()->getType());
  const ByteMask bytes = states_[at].bytes;
  for (const auto& [leaf, distance] : memory_.TouchedAt(store.getPointerOperand(), size)) {
    const Place place = PlaceIn(leaf, distance, size);
    const auto part = static_cast<ByteMask>(bytes & place.bytes);
    if (part == 0) continue;
    ToLeaf(at, leaf, &store, 0,
           place.is_exact ? static_cast<ByteMask>(part >> distance) : kAllBytes);
  }
}

void ValueFlow::Load(StateIndex at, llvm::LoadInst& load) {
  const LeafId leaf = states_[at].leaf;
  const uint64_t size = BytesOf(load, load.getType());
  const auto touched = memory_.TouchedAt(load.getPointerOperand(), size);
  const auto found = touched.find(leaf);
  Place place;
  if (found != touched.end()) place = PlaceIn(leaf, found->second, size);
  if (place.is_exact) place.bytes &= static_cast<ByteMask>(states_[at].bytes << found->second);
  if (place.bytes != 0) ToValue(at, &load, &load, 0, place.bytes);
}

void ValueFlow::ToLeaf(StateIndex from, LeafId leaf, const llvm::Instruction* code, uint8_t traits,
                       ByteMask bytes) {
  const State& old = states_[from];
  const MemoryObject& object = memory_.objects().object(memory_.objects().ObjectOf(leaf));
  if (object.keeps_offsets) return;  // constant
  const bool is_limited = old.is_limited || (old.value != nullptr && IsLimitedAt(from, code));
  if (object.kind != MemoryObject::Kind::kStack) traits |= kThroughMemory;
  const llvm::Instruction* writer = code;
  if (!KeepsOrder(code, leaf) || ++num_writers_[leaf] > kMaxOrderedWriters) writer = nullptr;
  // Memory is not told apart by calls.
  Push({nullptr, leaf, {}, is_limited, bytes, traits, old.depth + 1, from, -1, code}, writer);
}

bool ValueFlow::IsLimitedAt(StateIndex at, const llvm::Instruction* point) {
  const State& state = states_[at];
  if (is_trusted_ == nullptr || point == nullptr) return false;
  return sanitizers_.IsLimited(const_cast<llvm::Value*>(state.value),
                               const_cast<llvm::Instruction*>(point), *is_trusted_);
}

void ValueFlow::Visit(StateIndex at) {
  if (states_[at].value != nullptr) {
    VisitValue(at);
  } else {
    VisitLeaf(at);
  }
}

void ValueFlow::VisitValue(StateIndex at) {
  const llvm::Value* value = states_[at].value;
  for (const llvm::Use& use : value->uses()) {
    auto* user = llvm::dyn_cast<llvm::Instruction>(use.getUser());
    if (user == nullptr || !reachable_.contains(user->getFunction())) continue;
    if (auto* call = llvm::dyn_cast<llvm::CallBase>(user)) {
      VisitCall(at, *call, use);
    } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(user)) {
      if (use.getOperandNo() == 0) Store(at, *store);
    } else if (llvm::isa<llvm::LoadInst>(user)) {
      ToValue(at, user, user, kThroughAddress);
    } else if (auto* end = llvm::dyn_cast<llvm::ReturnInst>(user)) {
      Leave(at, *end);
    } else if (llvm::isa<llvm::SelectInst>(user)) {
      if (use.getOperandNo() != 0) ToValue(at, user, user, 0, BytesAfter(*user, states_[at].bytes));
    } else if (PassesData(*user)) {
      const ByteMask bytes = BytesAfter(*user, states_[at].bytes);
      if (bytes != 0) ToValue(at, user, user, 0, bytes);
    }
  }
}

void ValueFlow::VisitLeaf(StateIndex at) {
  const LeafId leaf = states_[at].leaf;
  const auto found = readers_.find(leaf);
  if (found == readers_.end()) return;
  for (llvm::Instruction* reader : found->second) {
    if (!MayFollow(writers_[static_cast<size_t>(at)], reader, leaf)) continue;
    if (auto* call = llvm::dyn_cast<llvm::CallBase>(reader)) {
      SinkMarker marker;
      if (ReadSinkMarker(*call, marker)) {
        hits_[call].push_back(at);
      } else {
        VisitLibraryCall(at, *call, -1, leaf);
      }
    } else if (auto* load = llvm::dyn_cast<llvm::LoadInst>(reader)) {
      Load(at, *load);
    }
  }
}

void ValueFlow::VisitCall(StateIndex at, llvm::CallBase& call, const llvm::Use& use) {
  SinkMarker marker;
  if (ReadSinkMarker(call, marker)) {
    if (use.getOperandNo() == 1) hits_[&call].push_back(at);
    return;
  }
  if (!call.isArgOperand(&use)) return;
  const unsigned argument = call.getArgOperandNo(&use);
  const std::vector<llvm::Function*>& callees = memory_.Callees(call);
  if (callees.empty()) return VisitLibraryCall(at, call, static_cast<int>(argument), 0);
  const llvm::Value* data = PointsTo::CallbackData(call);
  for (llvm::Function* callee : callees) {
    for (const llvm::Argument& formal : callee->args()) {
      const bool is_passed = data == nullptr ? formal.getArgNo() == argument
                                             : use.get() == data && formal.getType()->isPointerTy();
      if (is_passed) Enter(at, call, formal);
    }
  }
}

void ValueFlow::Enter(StateIndex at, llvm::CallBase& call, const llvm::Argument& formal) {
  const State old = states_[static_cast<size_t>(at)];
  const bool is_limited = old.is_limited || IsLimitedAt(at, &call);
  const Start start{&formal, is_limited, old.bytes};
  entered_[start].emplace_back(at, &call);
  for (const StateIndex exit : left_[start]) {
    const State& end = states_[static_cast<size_t>(exit)];
    Push({&call, 0, old.start, end.is_limited, end.bytes, 0, old.depth + 1, at, exit, &call},
         nullptr);
  }
  Push({&formal, 0, start, is_limited, old.bytes, 0, old.depth + 1, at, -1, &call}, nullptr);
}

void ValueFlow::Leave(StateIndex at, const llvm::ReturnInst& end) {
  const State state = states_[static_cast<size_t>(at)];
  const bool is_limited = state.is_limited || IsLimitedAt(at, &end);
  if (std::get<0>(state.start) == nullptr) {
    for (llvm::CallBase* call : memory_.Callers(*end.getFunction())) {
      Push({call, 0, {}, is_limited, state.bytes, 0, state.depth + 1, at, -1, call}, nullptr);
    }
    return;
  }
  // The exit has the callee's own limits.
  StateIndex exit = at;
  if (is_limited != state.is_limited) {
    states_.push_back(state);
    writers_.push_back(nullptr);
    exit = static_cast<StateIndex>(states_.size()) - 1;
    states_.back().is_limited = true;
    states_.back().value = nullptr;  // only a mark on the path, visited without effect
    states_.back().leaf = kExitMark;
    states_.back().parent = at;
  }
  left_[state.start].push_back(exit);
  const auto entered = entered_[state.start];
  for (const auto& [from, call] : entered) {
    const State& caller = states_[static_cast<size_t>(from)];
    Push({call, 0, caller.start, is_limited, state.bytes, 0, caller.depth + 1, from, exit, call},
         nullptr);
  }
}

void ValueFlow::ToPort(StateIndex from, llvm::CallBase& call, Port port) {
  if (port.kind == Port::Kind::kNone) return;
  if (port.kind == Port::Kind::kValue) return ToValue(from, &call, &call);
  for (const LeafId leaf : memory_.TouchedBy(call, port)) ToLeaf(from, leaf, &call);
}

void ValueFlow::VisitCopy(StateIndex at, llvm::MemTransferInst& copy, LeafId leaf) {
  MemoryObjects& objects = memory_.objects();
  const auto* length = llvm::dyn_cast<llvm::ConstantInt>(copy.getLength());
  const uint64_t size = length == nullptr ? 0 : length->getZExtValue();
  const bool is_uniform = objects.object(objects.ObjectOf(leaf)).type == nullptr;
  const uint64_t width = objects.WidthOf(leaf);
  for (const LeafId from : memory_.Of(copy.getRawSource())) {
    if (objects.ObjectOf(from) != objects.ObjectOf(leaf)) continue;
    const uint64_t delta = objects.OffsetOf(leaf) - objects.OffsetOf(from);
    // An array may become several fields, as bytes often do.
    uint64_t span = objects.SpanOf(leaf);
    if (size == 0 && span > width) span = 0;
    if (size > delta) span = std::min(span, size - delta);
    for (const LeafId to : memory_.Of(copy.getRawDest())) {
      if (is_uniform || objects.object(objects.ObjectOf(to)).type == nullptr) {
        for (const LeafId touched : objects.Touched(to, size)) ToLeaf(at, touched, &copy);
        continue;
      }
      const LeafId target = objects.Step(to, static_cast<int64_t>(delta), false);
      for (const LeafId touched : objects.Touched(target, span)) {
        const bool is_same = objects.WidthOf(touched) == width;
        ToLeaf(at, touched, &copy, 0, is_same ? states_[at].bytes : kAllBytes);
      }
    }
  }
}

// Data is argument number `argument`, or in `leaf` if that is -1.
void ValueFlow::VisitLibraryCall(StateIndex at, llvm::CallBase& call, int argument, LeafId leaf) {
  const std::string name = LibraryName(call);
  const bool is_value = argument >= 0;
  if (auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&call); copy != nullptr && !is_value) {
    return VisitCopy(at, *copy, leaf);
  }
  const auto comes_from = [&](const Port& port) {
    const bool is_rest = port.kind == Port::Kind::kRest;
    if (is_value) {
      return (port.kind == Port::Kind::kValue && port.argument == argument) ||
             (is_rest && argument >= port.argument &&
              !call.getArgOperand(static_cast<unsigned>(argument))->getType()->isPointerTy());
    }
    if (port.kind != Port::Kind::kContent && !is_rest) return false;
    const std::set<LeafId> read = memory_.TouchedBy(call, port);
    return read.contains(leaf);
  };
  if (const LibraryModel* model = FindLibraryModel(name)) {
    for (const Effect& effect : model->effects) {
      if (comes_from(effect.from)) ToPort(at, call, effect.to);
    }
    // A pointer into what argument 0 points to is as certain as that pointer.
    if (is_value && model->returns == LibraryModel::Pointer::kArgument &&
        model->argument == argument) {
      ToValue(at, &call, &call);
    }
    return;
  }
  if (IsCxxLibrary(name)) {
    if (!call.getType()->isVoidTy()) ToValue(at, &call, &call, kThroughLibrary);
    for (const LeafId to : memory_.TouchedBy(call, {Port::Kind::kContent, 0})) {
      ToLeaf(at, to, &call, kThroughLibrary);
    }
    return;
  }
  // A conversion, most likely: toupper(), htonl(), abs(), and LLVM's own arithmetic.
  if (is_value && !call.getType()->isVoidTy() && !call.getType()->isPointerTy()) {
    ToValue(at, &call, &call, llvm::isa<llvm::IntrinsicInst>(call) ? 0 : kThroughLibrary);
  }
}

void ValueFlow::Run(const Source& source) {
  states_.clear();
  writers_.clear();
  seen_.clear();
  num_writers_.clear();
  entered_.clear();
  left_.clear();
  hits_.clear();
  is_cut_ = false;
  states_left_ += limits_.total_states / 2 / limits_.num_runs;
  for (const llvm::Value* value : source.values) {
    Push({value, 0, {}, false, kAllBytes, 0, 0, -1, -1, nullptr}, nullptr);
  }
  for (const auto& [leaf, writer] : source.leaves) {
    Push({nullptr, leaf, {}, false, kAllBytes, 0, 0, -1, -1, writer},
         KeepsOrder(writer, leaf) ? writer : nullptr);
  }
  for (StateIndex at = 0; at < static_cast<StateIndex>(states_.size()); ++at) Visit(at);
  states_left_ -= std::min<uint64_t>(states_left_, states_.size());
  if (is_cut_) cut_sources_.insert(source.place);
}

// From `at` back to the source, or to where data entered the callee.
void ValueFlow::AddSteps(StateIndex at, bool only_callee, uint8_t& traits,
                         std::vector<const llvm::Instruction*>& steps) const {
  while (at >= 0 && steps.size() < limits_.max_steps) {
    const State& state = states_[static_cast<size_t>(at)];
    traits |= state.traits;
    const bool is_entry = llvm::isa_and_nonnull<llvm::Argument>(state.value) &&
                          state.value == std::get<0>(state.start);
    if (only_callee && is_entry) return;
    if (state.code != nullptr) steps.push_back(state.code);
    if (state.exit >= 0) AddSteps(state.exit, true, traits, steps);
    at = state.parent;
  }
}

std::vector<FoundPath> ValueFlow::From(const Source& source, const IsTrusted& is_trusted) {
  is_trusted_ = &is_trusted;
  graphs_ = {StepGraph(StepGraph::Nodes::kLines), StepGraph(StepGraph::Nodes::kSteps)};
  Run(source);
  is_trusted_ = nullptr;
  for (const auto& [marker, states] : hits_) {
    for (const StateIndex at : states) AddEdge(StepOf(at), {marker, false});
  }
  std::vector<FoundPath> paths;
  for (const auto& [marker, states] : hits_) {
    const auto best = std::min_element(states.begin(), states.end(), [&](auto a, auto b) {
      const State& x = states_[static_cast<size_t>(a)];
      const State& y = states_[static_cast<size_t>(b)];
      return std::tie(x.is_limited, x.depth) < std::tie(y.is_limited, y.depth);
    });
    FoundPath path{marker, {}, {}, 0, states_[static_cast<size_t>(*best)].is_limited};
    AddSteps(*best, false, path.traits, path.steps);
    std::reverse(path.steps.begin(), path.steps.end());
    for (StepGraph& graph : graphs_) path.unavoidable.merge(graph.UnavoidableLines(*marker));
    paths.push_back(std::move(path));
  }
  graphs_.clear();
  return paths;
}

ReachedValues ValueFlow::ReachedFrom(const Source& source) {
  Run(source);
  ReachedValues reached;
  for (const State& state : states_) {
    if (state.value != nullptr) reached.values.insert(state.value);
  }
  return reached;
}

}  // namespace flowmon
