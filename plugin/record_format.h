// One execution as one JSON line: doc/RECORDS.md, golden file test/plugin/records.jsonl.
//
// Runs once per recorded execution: appends straight into the caller's buffer. What executions of
// one shape have in common is printed once, into the correlation's template, and copied from there.

#ifndef FLOWMON_PLUGIN_RECORD_FORMAT_H_
#define FLOWMON_PLUGIN_RECORD_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "flowdb/flowdb.h"
#include "plugin/correlator.h"
#include "plugin/execution.h"
#include "plugin/record_template.h"

namespace flowmon {

class RecordFormatter {
 public:
  // The FlowDb must outlive it. `max_listed` is the correlator's.
  RecordFormatter(const FlowDb& db, uint32_t max_listed) : db_(db), max_listed_(max_listed) {}

  // Appends the line with its newline. `number` counts the executions of this campaign from 1;
  // `unix_ms` is its end. Builds the correlation's template if that is still to be done.
  void Append(const Execution& execution, const Correlation& correlation, uint64_t number,
              int64_t unix_ms, std::string& out);

 private:
  void Build(const Execution& execution, const Correlation& correlation, RecordTemplate& record);
  static void BuildTotals(RecordTemplate& record);
  void BuildCompletion(const Execution& execution, const Flow& flow, const Completion& completion,
                       RecordTemplate& record);
  char* Print(const RecordTemplate& record, const Execution& execution, uint64_t number,
              char* out) const;
  void Stamp(int64_t unix_ms);

  const FlowDb& db_;
  const uint32_t max_listed_;
  int64_t stamp_second_ = -1, stamp_ms_ = -1;
  std::string stamp_;  // "2026-11-21T12:00:00.000"
};

// "2026-11-21T12:00:00", UTC.
void AppendUtcSecond(int64_t unix_seconds, std::string& out);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_FORMAT_H_
