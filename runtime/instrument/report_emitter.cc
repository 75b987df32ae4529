#include "runtime/instrument/report_emitter.h"

#include <optional>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "runtime/flow_shm.h"
#include "runtime/instrument/choose_place.h"
#include "runtime/instrument/known_object.h"
#include "runtime/instrument/operands.h"
#include "runtime/instrument/scan_format.h"

namespace flowmon {
namespace {

// Before the instruction, or where the block first allows code.
llvm::Instruction* PointBefore(llvm::Instruction& code) {
  if (!llvm::isa<llvm::PHINode>(code) && !code.isEHPad()) return &code;
  const auto point = code.getParent()->getFirstInsertionPt();
  return point == code.getParent()->end() ? nullptr : &*point;
}

llvm::Instruction* PointAfter(llvm::Instruction& code) {
  if (auto* invoke = llvm::dyn_cast<llvm::InvokeInst>(&code)) {
    llvm::BasicBlock* next = invoke->getNormalDest();
    if (next->getSinglePredecessor() == nullptr) next = llvm::SplitEdge(invoke->getParent(), next);
    return &*next->getFirstInsertionPt();
  }
  if (code.isTerminator() || !HasPointAfter(code)) return &code;
  if (llvm::isa<llvm::PHINode>(code) || code.isEHPad()) return PointBefore(code);
  return code.getNextNode();
}

bool IsNumber(const llvm::Type* type) { return type->isIntegerTy() || type->isFloatingPointTy(); }

// Without arguments, what a call returns is all there is to report.
bool HasArguments(const llvm::CallBase& call) {
  return call.arg_size() >
         (call.arg_size() != 0 && call.paramHasAttr(0, llvm::Attribute::StructRet));
}

// The entry of main(), or its second parameter.
bool StandsForArgv(const Place& place) {
  return place.kind == Place::Kind::kEntry || place.variable->getArg() == 2;
}

}  // namespace

llvm::Instruction* ReportEmitter::InsertionPoint(LocationKind kind, const Place& place,
                                                 const ReportPlan& plan) {
  llvm::Instruction& code = *place.code;
  if (place.kind != Place::Kind::kCode || kind == LocationKind::kIntermediate || plan.is_before) {
    return PointBefore(code);
  }
  if (plan.what != ReportPlan::What::kUsual) return PointAfter(code);
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&code);
  // An intrinsic without a rule is a computed value: it exists afterwards.
  const bool is_value =
      llvm::isa<llvm::IntrinsicInst>(code) && FindLibraryCall(*call, kind) == nullptr;
  const bool uses_data = call != nullptr ? HasArguments(*call) && !is_value
                                         : llvm::isa<llvm::StoreInst, llvm::AllocaInst>(code);
  return kind == LocationKind::kSink && uses_data ? PointBefore(code) : PointAfter(code);
}

void ReportEmitter::Emit(LocationKind kind, uint32_t id, const Place& place, const ReportPlan& plan,
                         llvm::Instruction* point) {
  llvm::IRBuilder<> builder(point);
  builder.SetCurrentDebugLocation(place.loc);
  if (kind == LocationKind::kIntermediate) return EmitHit(builder, id);
  const Data data = DataOfPlan(builder, kind, place, plan);
  const bool is_source = kind == LocationKind::kSource;
  const char* name = is_source ? (data.is_text ? "flow_report_source_string" : "flow_report_source")
                               : (data.is_text ? "flow_report_sink_string" : "flow_report_sink");
  const llvm::FunctionCallee function =
      module_.getOrInsertFunction(name, builder.getVoidTy(), BytePointerType(builder.getContext()),
                                  SizeType(), builder.getInt32Ty());
  llvm::CallInst* call = builder.CreateCall(
      function, {AsBytePointer(builder, data.pointer), data.size, builder.getInt32(id)});
  call->setDoesNotThrow();
  SetReadsOnlyArgument0(*call);
}

void ReportEmitter::EmitHit(llvm::IRBuilder<>& builder, uint32_t id) {
  const llvm::FunctionCallee function =
      module_.getOrInsertFunction("df_coverage_hit", builder.getVoidTy(), builder.getInt32Ty());
  llvm::CallInst* call = builder.CreateCall(function, {builder.getInt32(id)});
  call->setDoesNotThrow();
  call->addFnAttr(llvm::Attribute::WillReturn);
  SetOnlyInaccessibleMemory(*call);
}

llvm::IntegerType* ReportEmitter::SizeType() const {
  return module_.getDataLayout().getIntPtrType(module_.getContext());
}

ReportEmitter::Data ReportEmitter::NoData() const {
  return {llvm::ConstantPointerNull::get(BytePointerType(module_.getContext())),
          llvm::ConstantInt::get(SizeType(), 0)};
}

ReportEmitter::Data ReportEmitter::DataOfPlan(llvm::IRBuilder<>& builder, LocationKind kind,
                                              const Place& place, const ReportPlan& plan) {
  switch (plan.what) {
    case ReportPlan::What::kUsual:
      return DataOfPlace(builder, kind, place);
    case ReportPlan::What::kValue:
      return DataOfValue(builder, plan.value);
    case ReportPlan::What::kText:
      return TextAt(plan.value);
    case ReportPlan::What::kTextAt:
      return TextAt(LoadPointer(builder, plan.value));
    case ReportPlan::What::kRule:
      return DataOfRule(builder, plan.rule, *llvm::cast<llvm::CallBase>(place.code));
  }
  return NoData();
}

ReportEmitter::Data ReportEmitter::DataOfPlace(llvm::IRBuilder<>& builder, LocationKind kind,
                                               const Place& place) {
  if (place.kind == Place::Kind::kCode) return DataOfCode(builder, kind, *place.code);
  llvm::Function& function = *place.code->getFunction();
  const bool at_entry = place.kind == Place::Kind::kEntry || place.variable->isParameter();
  if (at_entry && kind == LocationKind::kSource && IsFuzzEntry(function)) {
    return {function.getArg(0), builder.CreateZExtOrTrunc(function.getArg(1), SizeType())};
  }
  if (kind == LocationKind::kSource && TakesArgv(function) && StandsForArgv(place)) {
    return TextAt(LoadPointer(builder, function.getArg(1), 1));
  }
  return place.kind == Place::Kind::kEntry ? DataOfEntry(builder, function)
                                           : DataOfVariable(builder, place.address);
}

// Its parameters stand for a function: the first number, else the first pointer.
ReportEmitter::Data ReportEmitter::DataOfEntry(llvm::IRBuilder<>& builder,
                                               llvm::Function& function) {
  llvm::Argument* first_pointer = nullptr;
  for (llvm::Argument& argument : function.args()) {
    if (IsNumber(argument.getType())) return Spill(builder, &argument);
    if (argument.getType()->isPointerTy() && !argument.hasStructRetAttr() &&
        first_pointer == nullptr) {
      first_pointer = &argument;
    }
  }
  return first_pointer == nullptr ? NoData() : DataOfValue(builder, first_pointer);
}

ReportEmitter::Data ReportEmitter::DataOfVariable(llvm::IRBuilder<>& builder,
                                                  llvm::Value* address) {
  if (llvm::Value* size = BytesToEndOfObject(builder, address)) return {address, size};
  return Spill(builder, address);
}

ReportEmitter::Data ReportEmitter::DataOfCode(llvm::IRBuilder<>& builder, LocationKind kind,
                                              llvm::Instruction& code) {
  if (auto* call = llvm::dyn_cast<llvm::CallBase>(&code)) {
    const DataRule* rule = FindLibraryCall(*call, kind);
    if (rule != nullptr) return DataOfRule(builder, *rule, *call);
    if (!llvm::isa<llvm::IntrinsicInst>(code)) return DataOfUnknownCall(builder, kind, *call);
  }
  if (auto* alloca = llvm::dyn_cast<llvm::AllocaInst>(&code);
      alloca && kind == LocationKind::kSink) {
    llvm::Value* count = builder.CreateZExtOrTrunc(alloca->getArraySize(), SizeType());
    const uint64_t unit =
        FixedBytes(module_.getDataLayout().getTypeAllocSize(alloca->getAllocatedType()));
    return Spill(builder, builder.CreateMul(count, llvm::ConstantInt::get(SizeType(), unit)));
  }
  llvm::Value* value = ValueOf(code);
  return value == nullptr ? NoData() : DataOfValue(builder, value);
}

ReportEmitter::Data ReportEmitter::DataOfRule(llvm::IRBuilder<>& builder, const DataRule& rule,
                                              llvm::CallBase& call) {
  llvm::Value* argument = rule.argument == kReturnValue
                              ? &call
                              : ArgumentOf(call, static_cast<unsigned>(rule.argument));
  switch (rule.kind) {
    case DataRule::Kind::kBytes:
      return {argument, SizeOf(builder, rule.size, call)};
    case DataRule::Kind::kText:
      return {argument, SizeOf(builder, rule.size, call), true};
    case DataRule::Kind::kPointeeBytes:
    case DataRule::Kind::kPointeeText: {
      llvm::Value* size = SizeOf(builder, rule.size, call);
      return {LoadPointer(builder, IfAny(builder, size, argument)), size,
              rule.kind == DataRule::Kind::kPointeeText};
    }
    case DataRule::Kind::kVector:
      return FirstBuffer(builder, argument,
                         ArgumentOf(call, static_cast<unsigned>(rule.argument) + 1),
                         SizeOf(builder, rule.size, call));
    case DataRule::Kind::kMessage: {  // msg_iov comes after a pointer and a padded integer
      llvm::Value* size = SizeOf(builder, rule.size, call);
      llvm::Value* message = IfAny(builder, size, argument);
      return FirstBuffer(builder, LoadPointer(builder, message, 2),
                         builder.CreatePtrToInt(LoadPointer(builder, message, 3), SizeType()),
                         size);
    }
    case DataRule::Kind::kScanned:
      return DataOfScan(builder, rule, call);
    case DataRule::Kind::kValue:
      return Spill(builder, argument);
    case DataRule::Kind::kSize:
      return Spill(builder, SizeOf(builder, rule.size, call));
  }
  return NoData();
}

// Of the elements that a struct iovec array has, the first: a pointer and a size.
ReportEmitter::Data ReportEmitter::FirstBuffer(llvm::IRBuilder<>& builder, llvm::Value* vector,
                                               llvm::Value* count, llvm::Value* max) {
  vector = IfAny(builder, max, IfAny(builder, count, vector));
  llvm::Value* address = builder.CreatePtrToInt(LoadPointer(builder, vector, 1), SizeType());
  return {LoadPointer(builder, vector),
          builder.CreateBinaryIntrinsic(llvm::Intrinsic::umin, address, max)};
}

// By the format, where that is a literal; else what is returned.
ReportEmitter::Data ReportEmitter::DataOfScan(llvm::IRBuilder<>& builder, const DataRule& rule,
                                              llvm::CallBase& call) {
  llvm::StringRef format;
  std::optional<ScannedData> scanned;
  if (llvm::getConstantStringInfo(ArgumentOf(call, static_cast<unsigned>(rule.argument)), format)) {
    scanned = FirstScanned(format.str());
  }
  llvm::Value* to =
      scanned ? ArgumentOf(call, static_cast<unsigned>(rule.argument) + 1 + scanned->position)
              : nullptr;
  if (to == nullptr || !to->getType()->isPointerTy()) return DataOfValue(builder, &call);
  // Nothing was stored if nothing is returned: then the size is 0, without a comparison.
  llvm::Value* any = builder.CreateBinaryIntrinsic(
      llvm::Intrinsic::umin, SizeOf(builder, {SizeRule::Kind::kReturned}, call),
      llvm::ConstantInt::get(SizeType(), 1));
  const bool is_text = scanned->kind != ScannedData::Kind::kBytes;
  const uint64_t size = is_text ? FLOW_MAX_HASHED : scanned->size;
  return {scanned->kind == ScannedData::Kind::kAllocatedText
              ? LoadPointer(builder, IfAny(builder, any, to))
              : to,
          builder.CreateMul(any, llvm::ConstantInt::get(SizeType(), size)), is_text};
}

// The call may have failed, or read nothing, and `pointer` be wild: zeros instead, if `number` is
// 0.
llvm::Value* ReportEmitter::IfAny(llvm::IRBuilder<>& builder, llvm::Value* number,
                                  llvm::Value* pointer) {
  llvm::Type* const type = llvm::ArrayType::get(SizeType(), 4);
  constexpr char kName[] = "flow_zeros";
  llvm::GlobalVariable* zeros = module_.getNamedGlobal(kName);
  if (zeros == nullptr) {
    zeros = new llvm::GlobalVariable(module_, type, /*isConstant=*/true,
                                     llvm::GlobalValue::PrivateLinkage,
                                     llvm::Constant::getNullValue(type), kName);
  }
  return builder.CreateSelect(builder.CreateIsNotNull(number), pointer,
                              builder.CreatePointerCast(zeros, pointer->getType()));
}

ReportEmitter::Data ReportEmitter::TextAt(llvm::Value* pointer) const {
  return {pointer, llvm::Constant::getAllOnesValue(SizeType()), true};
}

ReportEmitter::Data ReportEmitter::DataOfUnknownCall(llvm::IRBuilder<>& builder, LocationKind kind,
                                                     llvm::CallBase& call) {
  if (kind == LocationKind::kSource && !call.getType()->isVoidTy()) {
    return DataOfValue(builder, &call);
  }
  llvm::Value* number = nullptr;
  llvm::Value* other = nullptr;
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    llvm::Value* argument = call.getArgOperand(i);
    // A result in memory is a source's return value; before the call it holds nothing yet.
    const bool is_result = call.paramHasAttr(i, llvm::Attribute::StructRet);
    if (is_result && kind == LocationKind::kSink) continue;
    if (argument->getType()->isPointerTy() &&
        PointsIntoVariable(module_.getDataLayout(), argument)) {
      return DataOfValue(builder, argument);
    }
    llvm::Value*& first = IsNumber(argument->getType()) ? number : other;
    if (first == nullptr) first = argument;
  }
  if (number != nullptr) return Spill(builder, number);
  if (other != nullptr) return DataOfValue(builder, other);
  return HasPointAfter(call) && !HasArguments(call) ? DataOfValue(builder, &call) : NoData();
}

ReportEmitter::Data ReportEmitter::DataOfValue(llvm::IRBuilder<>& builder, llvm::Value* value) {
  if (value->getType()->isPointerTy()) {
    if (llvm::Value* size = BytesToEndOfObject(builder, value)) return {value, size};
  }
  return Spill(builder, value);
}

ReportEmitter::Data ReportEmitter::Spill(llvm::IRBuilder<>& builder, llvm::Value* value) {
  llvm::Type* type = value->getType();
  if (!type->isFirstClassType() || !type->isSized()) return NoData();
  const uint64_t size = FixedBytes(module_.getDataLayout().getTypeStoreSize(type));
  if (size == 0) return NoData();
  llvm::Function* function = builder.GetInsertBlock()->getParent();
  llvm::AllocaInst*& slot = slots_[{function, type}];
  if (slot == nullptr) {
    llvm::IRBuilder<> entry(&*function->getEntryBlock().getFirstInsertionPt());
    slot = entry.CreateAlloca(type, nullptr, "flow_value");
  }
  builder.CreateStore(value, slot);
  return {slot, llvm::ConstantInt::get(SizeType(), size)};
}

llvm::Value* ReportEmitter::SizeOf(llvm::IRBuilder<>& builder, const SizeRule& rule,
                                   llvm::CallBase& call) const {
  const auto argument = [&](int8_t i) {
    return builder.CreateZExtOrTrunc(ArgumentOf(call, static_cast<unsigned>(i)), SizeType());
  };
  switch (rule.kind) {
    case SizeRule::Kind::kNone:
      return llvm::Constant::getAllOnesValue(SizeType());
    case SizeRule::Kind::kArgument:
      return argument(rule.a);
    case SizeRule::Kind::kProduct:
      return builder.CreateMul(argument(rule.a), argument(rule.b));
    case SizeRule::Kind::kReturned:
      return builder.CreateBinaryIntrinsic(llvm::Intrinsic::smax,
                                           builder.CreateSExtOrTrunc(&call, SizeType()),
                                           llvm::ConstantInt::get(SizeType(), 0));
    case SizeRule::Kind::kReturnedTimes:
      return builder.CreateMul(SizeOf(builder, {SizeRule::Kind::kReturned}, call),
                               argument(rule.a));
    case SizeRule::Kind::kReturnedUpTo:
      return builder.CreateBinaryIntrinsic(llvm::Intrinsic::umin,
                                           SizeOf(builder, {SizeRule::Kind::kReturned}, call),
                                           argument(rule.a));
  }
  return llvm::ConstantInt::get(SizeType(), 0);
}

}  // namespace flowmon
