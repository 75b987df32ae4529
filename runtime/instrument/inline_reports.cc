#include "runtime/instrument/inline_reports.h"

#include <algorithm>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "runtime/flow_shm.h"
#include "runtime/instrument/shared_access.h"

namespace flowmon {
namespace {

constexpr struct {
  const char* name;
  uint32_t type;
} kReportFunctions[] = {
    {"flow_report_source", FLOW_EVENT_SOURCE},
    {"flow_report_source_string", FLOW_EVENT_SOURCE},
    {"flow_report_sink", FLOW_EVENT_SINK},
    {"flow_report_sink_string", FLOW_EVENT_SINK},
};

// Each adds four blocks, and LLVM takes more than proportionally long for functions of many.
constexpr unsigned kMaxPerFunction = 500;

struct Report {
  llvm::CallInst* call;
  uint64_t tally;                    // FLOW_TALLY_OF
  llvm::StoreInst* spill = nullptr;  // serves this call alone, in front of it
};

bool IsReport(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
  const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
  return callee != nullptr &&
         std::any_of(std::begin(kReportFunctions), std::end(kReportFunctions),
                     [&](const auto& f) { return callee->getName() == f.name; });
}

// Everything that uses the address of a stack slot, casts looked through.
void CollectUsers(llvm::Value* address, std::vector<llvm::Instruction*>& users) {
  for (llvm::User* user : address->users()) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(user);
    if (instruction == nullptr) continue;
    if (llvm::isa<llvm::BitCastInst>(instruction)) {
      CollectUsers(instruction, users);
    } else if (!instruction->isLifetimeStartOrEnd()) {
      users.push_back(instruction);
    }
  }
}

// The stores that fill the stack slots of reports. Where a slot is used by reports alone, each with
// a store of its own, no store serves more than its report.
class Spills {
 public:
  // nullptr if it may serve others.
  llvm::StoreInst* Of(const llvm::CallInst& report) {
    const auto* slot =
        llvm::dyn_cast<llvm::AllocaInst>(report.getArgOperand(0)->stripPointerCasts());
    return slot != nullptr && IsOwn(*slot) ? stores_.lookup(&report) : nullptr;
  }

 private:
  bool IsOwn(const llvm::AllocaInst& slot) {
    const auto [entry, is_new] = is_own_.try_emplace(&slot, true);
    if (!is_new) return entry->second;
    std::vector<llvm::Instruction*> users;
    CollectUsers(const_cast<llvm::AllocaInst*>(&slot), users);
    const llvm::DenseSet<const llvm::Instruction*> all(users.begin(), users.end());
    for (const llvm::Instruction* user : users) {
      if (llvm::isa<llvm::StoreInst>(user)) continue;
      llvm::StoreInst* store = IsReport(*user) ? StoreBefore(*user, slot, all) : nullptr;
      if (store == nullptr) return entry->second = false;
      stores_[user] = store;
    }
    return true;
  }

  // The last use of the slot before the report, in its block, if that is a store.
  static llvm::StoreInst* StoreBefore(const llvm::Instruction& report, const llvm::AllocaInst& slot,
                                      const llvm::DenseSet<const llvm::Instruction*>& users) {
    const llvm::Instruction* before = report.getPrevNode();
    while (before != nullptr && !users.contains(before)) before = before->getPrevNode();
    auto* store = llvm::dyn_cast_or_null<llvm::StoreInst>(const_cast<llvm::Instruction*>(before));
    const bool fills =
        store != nullptr && !store->isVolatile() && store->getValueOperand() != &slot;
    return fills ? store : nullptr;
  }

  llvm::DenseMap<const llvm::AllocaInst*, bool> is_own_;
  llvm::DenseMap<const llvm::Instruction*, llvm::StoreInst*> stores_;
};

bool IsMovable(const llvm::Instruction& code, const llvm::BasicBlock& to) {
  if (llvm::isa<llvm::PHINode, llvm::AllocaInst>(code) || code.isEHPad() || code.isTerminator() ||
      code.mayHaveSideEffects()) {
    return false;
  }
  if (!std::all_of(code.user_begin(), code.user_end(), [&](const llvm::User* user) {
        return llvm::cast<llvm::Instruction>(user)->getParent() == &to;
      })) {
    return false;
  }
  if (!code.mayReadFromMemory()) return true;
  for (const llvm::Instruction* next = code.getNextNode(); next; next = next->getNextNode()) {
    if (next->mayWriteToMemory()) return false;
  }
  return true;
}

// Moves what nothing but the report needs from the end of block `from` in front of the report.
void Sink(const Report& report, llvm::BasicBlock& from) {
  llvm::BasicBlock& to = *report.call->getParent();
  std::vector<llvm::Instruction*> moved = {report.call};
  if (report.spill != nullptr && report.spill->getParent() == &from) {
    report.spill->moveBefore(report.call);
    moved.push_back(report.spill);
  }
  for (size_t i = 0; i < moved.size(); ++i) {
    for (llvm::Value* operand : moved[i]->operands()) {
      auto* code = llvm::dyn_cast<llvm::Instruction>(operand);
      if (code == nullptr || code->getParent() != &from || !IsMovable(*code, to)) continue;
      code->moveBefore(&to.front());
      moved.push_back(code);
    }
  }
}

void InlineReport(const Report& report) {
  llvm::CallInst& call = *report.call;
  llvm::Module& module = *call.getModule();
  llvm::LLVMContext& context = module.getContext();
  llvm::IRBuilder<> builder(&call);
  llvm::IntegerType* word = builder.getInt64Ty();
  llvm::PointerType* byte_pointer = BytePointerType(context);
  llvm::PointerType* word_pointer = llvm::PointerType::getUnqual(word);
  // struct flow_tallies of runtime/flowmon.h
  auto* type = llvm::StructType::get(context, {word_pointer, byte_pointer, builder.getInt32Ty()});
  llvm::Constant* tallies = module.getOrInsertGlobal("flow_tallies", type);
  const auto load_member = [&](unsigned member, llvm::AtomicOrdering order) {
    return Shared(builder.CreateLoad(type->getElementType(member),
                                     builder.CreateStructGEP(type, tallies, member)),
                  order);
  };
  const auto load_word = [&](llvm::Value* address) {
    return Shared(builder.CreateLoad(word, address), llvm::AtomicOrdering::Monotonic);
  };

  llvm::BasicBlock* head = call.getParent();
  llvm::BasicBlock* tail = head->splitBasicBlock(call.getNextNode());
  llvm::BasicBlock* slow = head->splitBasicBlock(&call);
  const auto new_block = [&] {
    return llvm::BasicBlock::Create(context, "", head->getParent(), slow);
  };
  llvm::BasicBlock *tallied = new_block(), *past = new_block(), *alone = new_block();
  llvm::MDNode* likely = llvm::MDBuilder(context).createBranchWeights(kLikely, 1);

  const auto start = [&](llvm::BasicBlock* block) {
    builder.SetInsertPoint(block);
    builder.SetCurrentDebugLocation(call.getDebugLoc());
  };
  head->getTerminator()->eraseFromParent();
  start(head);
  llvm::Value* num_ids = load_member(2, llvm::AtomicOrdering::Acquire);
  builder.CreateCondBr(builder.CreateICmpULT(call.getArgOperand(2), num_ids), tallied, slow,
                       likely);

  start(tallied);
  llvm::Value* words = load_member(0, llvm::AtomicOrdering::Monotonic);
  llvm::Value* tally = builder.CreateConstInBoundsGEP1_64(word, words, report.tally);
  llvm::Value* excess = builder.CreateSub(load_word(tally), load_word(words));
  builder.CreateCondBr(builder.CreateICmpULT(excess, builder.getInt64(FLOW_TALLY_RANGE)), past,
                       slow, likely);

  start(past);
  llvm::Value* single_threaded = load_member(1, llvm::AtomicOrdering::Monotonic);
  llvm::Value* is_alone = Shared(builder.CreateLoad(builder.getInt8Ty(), single_threaded),
                                 llvm::AtomicOrdering::Monotonic);
  builder.CreateCondBr(builder.CreateICmpNE(is_alone, builder.getInt8(0)), alone, slow, likely);

  // Loaded anew, so that it becomes one instruction, for signal handlers.
  start(alone);
  llvm::Value* more = builder.CreateAdd(load_word(tally), builder.getInt64(1));
  Shared(builder.CreateStore(more, tally), llvm::AtomicOrdering::Monotonic);
  builder.CreateBr(tail);

  Sink(report, *head);
}

}  // namespace

bool InlineReports(llvm::Module& module) {
  std::vector<Report> reports;
  llvm::DenseMap<const llvm::Function*, unsigned> num_inlined;
  for (const auto& [name, type] : kReportFunctions) {
    llvm::Function* function = module.getFunction(name);
    if (function == nullptr || !function->isDeclaration()) continue;
    for (llvm::User* user : function->users()) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(user);
      if (call == nullptr || call->getCalledFunction() != function || call->arg_size() != 3)
        continue;
      const auto* id = llvm::dyn_cast<llvm::ConstantInt>(call->getArgOperand(2));
      if (id == nullptr || id->getZExtValue() >= FLOW_LIMIT_TALLIED_IDS) continue;
      if (++num_inlined[call->getFunction()] > kMaxPerFunction) continue;
      reports.push_back({call, FLOW_TALLY_OF(type, id->getZExtValue())});
    }
  }
  // Before blocks are split.
  Spills spills;
  for (Report& report : reports) report.spill = spills.Of(*report.call);
  for (const Report& report : reports) InlineReport(report);
  return !reports.empty();
}

}  // namespace flowmon
