#include "plugin/record_format.h"

#include <time.h>

#include <array>
#include <charconv>

namespace flowmon {
namespace {

void AppendNumber(uint64_t value, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, end);
}

// `key` with all that surrounds it: ",\"number\":".
void AppendField(std::string_view key, uint64_t value, std::string& out) {
  out.append(key);
  AppendNumber(value, out);
}

void AppendHash(uint64_t hash, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char text[] = "\"0x0000000000000000\"";
  for (int i = 18; i > 2; --i, hash >>= 4) text[i] = kDigits[hash & 15];
  out.append(text, sizeof(text) - 1);
}

template <typename Range, typename AppendOne>
void AppendJoined(const Range& range, std::string& out, AppendOne append_one) {
  bool first = true;
  for (const auto& item : range) {
    if (!first) out.push_back(',');
    first = false;
    append_one(item);
  }
}

// Microseconds with the nanoseconds as decimals.
void AppendMicroseconds(uint64_t ns, std::string& out) {
  AppendNumber(ns / 1000, out);
  const auto rest = static_cast<unsigned>(ns % 1000);
  const char decimals[] = {'.', static_cast<char>('0' + rest / 100),
                           static_cast<char>('0' + rest / 10 % 10),
                           static_cast<char>('0' + rest % 10)};
  out.append(decimals, sizeof(decimals));
}

}  // namespace

void AppendUtcSecond(int64_t unix_seconds, std::string& out) {
  const time_t seconds = unix_seconds;
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char text[64];
  out.append(text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc));
}

void RecordFormatter::Append(const Execution& execution, const Correlation& correlation,
                             uint64_t number, int64_t unix_ms, std::string& out) {
  if (unix_ms / 1000 != stamp_second_) {
    stamp_second_ = unix_ms / 1000;
    stamp_.clear();
    AppendUtcSecond(stamp_second_, stamp_);
  }
  const auto ms = static_cast<unsigned>(unix_ms % 1000);
  const char milliseconds[] = {'.', static_cast<char>('0' + ms / 100),
                               static_cast<char>('0' + ms / 10 % 10),
                               static_cast<char>('0' + ms % 10)};
  out.append("{\"timestamp\":\"").append(stamp_).append(milliseconds, sizeof(milliseconds));
  AppendField("Z\",\"execution\":{\"pid\":", execution.pids.empty() ? 0 : execution.pids.front(),
              out);
  AppendField(",\"number\":", number, out);
  AppendField(",\"total_events\":", execution.events.size(), out);
  AppendField(",\"num_sources\":", execution.num_sources, out);
  AppendField(",\"num_sinks\":", execution.num_sinks, out);
  if (execution.events_dropped() != 0) {
    AppendField(",\"dropped_events\":", execution.events_dropped(), out);
  }
  if (execution.pids.size() > 1) {
    out.append(",\"pids\":[");
    AppendJoined(execution.pids, out, [&](uint32_t pid) { AppendNumber(pid, out); });
    out.push_back(']');
  }
  out.append(",\"completions\":{");
  bool any_unlisted = false;
  AppendJoined(correlation.flows, out, [&](const CompletedFlow& completed) {
    any_unlisted |= completed.count > completed.num_listed;
    out.push_back('"');
    AppendNumber(db_.flow(completed.flow).id, out);
    AppendField("\":", completed.count, out);
  });
  out.push_back('}');
  if (any_unlisted) {
    AppendField(",\"max_listed\":", max_listed_, out);
  }
  out.append(",\"completed_flows\":[");
  bool first = true;
  for (const CompletedFlow& completed : correlation.flows) {
    if (completed.num_listed == 0) continue;
    if (!first) out.push_back(',');
    first = false;
    const Flow flow = db_.flow(completed.flow);
    AppendJoined(correlation.Listed(completed), out, [&](const Completion& completion) {
      AppendCompletion(execution, flow, completion, out);
    });
  }
  out.append("]},\"coverage\":{");
  AppendJoined(execution.hits, out, [&](const Hit& hit) {
    out.push_back('"');
    AppendNumber(hit.id, out);
    AppendField("\":", hit.count, out);
  });
  out.append("}}\n");
}

void RecordFormatter::AppendCompletion(const Execution& execution, const Flow& flow,
                                       const Completion& completion, std::string& out) {
  const Event& source = execution.events[completion.source_event];
  const Event& sink = execution.events[completion.sink_event];
  const uint64_t delta = sink.timestamp - source.timestamp;
  AppendField("{\"flow_id\":", flow.id, out);
  AppendField(",\"source_id\":", flow.source_id, out);
  AppendField(",\"sink_id\":", flow.sink_id, out);
  out.append(",\"source_hash\":");
  AppendHash(source.hash, out);
  out.append(",\"sink_hash\":");
  AppendHash(sink.hash, out);
  AppendField(",\"source_size\":", source.size, out);
  AppendField(",\"sink_size\":", sink.size, out);
  AppendField(",\"time_delta_ns\":", delta, out);
  out.append(",\"time_delta_us\":");
  AppendMicroseconds(delta, out);
  if (execution.pids.size() > 1) {
    AppendField(",\"source_pid\":", source.pid, out);
    AppendField(",\"sink_pid\":", sink.pid, out);
  }
  out.append(",\"intermediate_coverage\":[");
  AppendJoined(flow.intermediates, out, [&](uint32_t id) { AppendNumber(id, out); });
  out.append("]}");
}

}  // namespace flowmon
