// Which of the data of a place is reported: what the label of its location asks for, or what a
// reader of such a location expects (doc/INSTRUMENT.md, "What is reported"). Changes nothing.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_CHOOSE_DATA_H_
#define FLOWMON_RUNTIME_INSTRUMENT_CHOOSE_DATA_H_

#include <optional>

#include "flowdb/flowdb.h"
#include "runtime/instrument/data_choice.h"
#include "runtime/instrument/data_rule.h"
#include "runtime/instrument/llvm_compat.h"
#include "runtime/instrument/matcher.h"

namespace flowmon {

struct ReportPlan {
  enum class What : uint8_t {
    kUsual,   // what such a place reports where nothing more is known
    kValue,   // `value`
    kText,    // the string that the pointer `value` points to
    kTextAt,  // the string that the pointer in memory at `value` points to
    kRule,    // of the call that the place is
  };
  What what = What::kUsual;
  bool is_before = false;  // reported before the place's code runs, not where `what` alone would be
  llvm::Value* value = nullptr;
  DataRule rule = {};
};

// For a source or a sink without a label. Always possible.
ReportPlan PlanUsual(LocationKind kind, const Place& place, const Location& location);

// nullopt if the place has no such data.
std::optional<ReportPlan> PlanChosen(DataChoice choice, LocationKind kind, const Place& place);

// The value that an instruction stands for: a terminator for what is returned or branched on, a
// store for what it stores. nullptr if there is none.
llvm::Value* ValueOf(llvm::Instruction& code);

// kFuzzEntry(data, size).
bool IsFuzzEntry(const llvm::Function& function);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_CHOOSE_DATA_H_
