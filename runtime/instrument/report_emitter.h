// Inserts the calls to the runtime: df_coverage_hit() for an intermediate, flow_report_*() for
// sources and sinks, with the code that computes what they report.
//
// The inserted code reads no memory whose extent is unknown, branches nowhere and compares nothing:
// AFL++'s passes must not see edges or comparisons that the program does not have. The one block
// that may be added is on the normal edge of an invoke.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_REPORT_EMITTER_H_
#define FLOWMON_RUNTIME_INSTRUMENT_REPORT_EMITTER_H_

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "flowdb/flowdb.h"
#include "runtime/instrument/choose_data.h"
#include "runtime/instrument/library_calls.h"
#include "runtime/instrument/matcher.h"

namespace flowmon {

class ReportEmitter {
 public:
  explicit ReportEmitter(llvm::Module& module) : module_(module) {}

  // The instruction before which Emit() puts the call; nullptr if there is no such point. May split
  // an edge. Take the points of all places before the first Emit(): then calls for one point stay
  // in the order in which they were emitted.
  llvm::Instruction* InsertionPoint(LocationKind kind, const Place& place, const ReportPlan& plan);

  // The plan is of no matter for an intermediate.
  void Emit(LocationKind kind, uint32_t id, const Place& place, const ReportPlan& plan,
            llvm::Instruction* point);

 private:
  // What a call to the runtime says: `size` bytes at `pointer`, or a string of at most `size`.
  struct Data {
    llvm::Value* pointer;
    llvm::Value* size;
    bool is_text = false;
  };

  Data NoData() const;
  Data TextAt(llvm::Value* pointer) const;
  Data DataOfPlan(llvm::IRBuilder<>& builder, LocationKind kind, const Place& place,
                  const ReportPlan& plan);
  Data DataOfPlace(llvm::IRBuilder<>& builder, LocationKind kind, const Place& place);
  Data DataOfCode(llvm::IRBuilder<>& builder, LocationKind kind, llvm::Instruction& code);
  Data DataOfRule(llvm::IRBuilder<>& builder, const DataRule& rule, llvm::CallBase& call);
  Data DataOfScan(llvm::IRBuilder<>& builder, const DataRule& rule, llvm::CallBase& call);
  Data FirstBuffer(llvm::IRBuilder<>& builder, llvm::Value* vector, llvm::Value* count,
                   llvm::Value* max);
  llvm::Value* IfAny(llvm::IRBuilder<>& builder, llvm::Value* number, llvm::Value* pointer);
  Data DataOfUnknownCall(llvm::IRBuilder<>& builder, LocationKind kind, llvm::CallBase& call);
  Data DataOfVariable(llvm::IRBuilder<>& builder, llvm::Value* address);
  Data DataOfEntry(llvm::IRBuilder<>& builder, llvm::Function& function);
  Data DataOfValue(llvm::IRBuilder<>& builder, llvm::Value* value);
  Data Spill(llvm::IRBuilder<>& builder, llvm::Value* value);

  llvm::Value* SizeOf(llvm::IRBuilder<>& builder, const SizeRule& rule, llvm::CallBase& call) const;
  llvm::IntegerType* SizeType() const;
  void EmitHit(llvm::IRBuilder<>& builder, uint32_t id);

  llvm::Module& module_;
  // One stack slot per function and type serves all its reports: each stores right before its call.
  absl::flat_hash_map<std::pair<llvm::Function*, llvm::Type*>, llvm::AllocaInst*> slots_;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_REPORT_EMITTER_H_
