// A record with its variable parts left out: what is the same for all executions in which the same
// events and hits came in the same order.

#ifndef FLOWMON_PLUGIN_RECORD_TEMPLATE_H_
#define FLOWMON_PLUGIN_RECORD_TEMPLATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowmon {

// Built and filled in by RecordFormatter (record_format.h).
struct RecordTemplate {
  enum class FieldKind : uint32_t {
    kTime,     // of the end of the execution, to the millisecond
    kPid,      // of the root process
    kNumber,   // of the execution
    kTotal,    // events
    kSources,  // of them
    kSinks,    // of them
    kCapped,   // of them
    kDropped,  // events
    kPids,     // all processes, with commas
    kHash,     // of the data of event `a`
    kSize,     // of the data of event `a`, a source's or (`b` = 1) a sink's; whether it was sampled
    kEventPid,   // of event `a`
    kTimeDelta,  // from event `a` to event `b`, in both units
    kHitCount,   // of hit `a`
  };
  struct Field {
    uint32_t text_size;  // what is printed before it
    FieldKind kind;
    uint32_t a = 0, b = 0;  // indices into Execution::events or hits
  };

  // What is printed before each field and after the last one, in a row.
  std::string text;
  std::vector<Field> fields;
  size_t size_before_fields = 0;  // the sum of all text_size
  size_t max_size = 0;            // of the line, without what kPids needs; 0: not built yet

  void Clear() {
    text.clear();
    fields.clear();
    size_before_fields = max_size = 0;
  }
};

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_RECORD_TEMPLATE_H_
