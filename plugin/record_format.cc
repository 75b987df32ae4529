#include "plugin/record_format.h"

#include <string.h>
#include <time.h>

#include <charconv>
#include <utility>

#include "flowdb/str_cat.h"
#include "runtime/flow_shm.h"

namespace flowmon {
namespace {

using Field = RecordTemplate::Field;
using FieldKind = RecordTemplate::FieldKind;

constexpr size_t kMaxNumber = 20;
// Short texts are copied in blocks: so much is read and written beyond them.
constexpr size_t kBlock = 16;

inline char* CopyText(const char* text, size_t size, char* out) {
  for (size_t i = 0; i < size; i += kBlock) memcpy(out + i, text + i, kBlock);
  return out + size;
}

inline char* PrintNumber(uint64_t value, char* out) {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  return std::to_chars(out, out + kMaxNumber, value).ptr;
}

// What follows the size of data whose hash is that of a sample: a source's, a sink's.
struct SampledText {
  char text[2 * kBlock];
  size_t size;
};
constexpr SampledText kSampled[] = {
    {",\"source_sampled\":true", sizeof(",\"source_sampled\":true") - 1},
    {",\"sink_sampled\":true", sizeof(",\"sink_sampled\":true") - 1}};

// The eight digits of 32 bits, all at once: a byte for each.
inline uint64_t HexDigits(uint32_t value) {
  uint64_t x = value;
  x = (x & 0xffff0000) << 16 | (x & 0xffff);
  x = (x & 0x0000ff000000ff00) << 8 | (x & 0x000000ff000000ff);
  x = (x & 0x00f000f000f000f0) << 4 | (x & 0x000f000f000f000f);
  const uint64_t is_letter = (x + 0x0606060606060606) >> 4 & 0x0101010101010101;
  return __builtin_bswap64(x + 0x3030303030303030 + is_letter * ('a' - '0' - 10));
}

inline char* PrintHash(uint64_t hash, char* out) {
  const uint64_t digits[] = {HexDigits(static_cast<uint32_t>(hash >> 32)),
                             HexDigits(static_cast<uint32_t>(hash))};
  memcpy(out, digits, sizeof(digits));
  return out + sizeof(digits);
}

inline char* PrintThreeDigits(unsigned value, char* out) {
  out[0] = static_cast<char>('0' + value / 100);
  out[1] = static_cast<char>('0' + value / 10 % 10);
  out[2] = static_cast<char>('0' + value % 10);
  return out + 3;
}

// In nanoseconds, and in microseconds with the nanoseconds as decimals: the same digits twice.
inline char* PrintTimeDelta(uint64_t ns, char* out) {
  constexpr std::string_view kMicroseconds = ",\"time_delta_us\":";
  char digits[kMaxNumber + 3];
  const char* const us_end = PrintNumber(ns / 1000, digits);
  const auto us_size = static_cast<size_t>(us_end - digits);
  PrintThreeDigits(static_cast<unsigned>(ns % 1000), digits + us_size);
  if (ns < 1000) {
    out = PrintNumber(ns, out);
  } else {
    memcpy(out, digits, sizeof(digits));
    out += us_size + 3;
  }
  memcpy(out, kMicroseconds.data(), kMicroseconds.size());
  out += kMicroseconds.size();
  memcpy(out, digits, kMaxNumber);
  out += us_size;
  *out++ = '.';
  memcpy(out, digits + us_size, 3);
  return out + 3;
}

size_t MaxSize(FieldKind kind) {
  switch (kind) {
    case FieldKind::kTime:
      return sizeof("2026-11-21T12:00:00.000");
    case FieldKind::kHash:
      return 16;
    case FieldKind::kSize:
      return kMaxNumber + kSampled[0].size + kBlock;
    case FieldKind::kTimeDelta:
      return 2 * (kMaxNumber + 3) + sizeof(",\"time_delta_us\":.000");
    case FieldKind::kPids:
      return 0;
    default:
      return kMaxNumber;
  }
}

// All text since the last field stands before this one.
void AddField(FieldKind kind, RecordTemplate& record, uint32_t a = 0, uint32_t b = 0) {
  const size_t text_size = record.text.size() - record.size_before_fields;
  record.size_before_fields = record.text.size();
  record.fields.push_back({static_cast<uint32_t>(text_size), kind, a, b});
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

}  // namespace

void AppendUtcSecond(int64_t unix_seconds, std::string& out) {
  const time_t seconds = unix_seconds;
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char text[64];
  out.append(text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc));
}

void RecordFormatter::Stamp(int64_t unix_ms) {
  if (unix_ms == std::exchange(stamp_ms_, unix_ms)) return;
  if (unix_ms / 1000 != stamp_second_) {
    stamp_second_ = unix_ms / 1000;
    stamp_.clear();
    AppendUtcSecond(stamp_second_, stamp_);
    stamp_.append(".000");
  }
  PrintThreeDigits(static_cast<unsigned>(unix_ms % 1000), &stamp_[stamp_.size() - 3]);
}

void RecordFormatter::Append(const Execution& execution, const Correlation& correlation,
                             uint64_t number, int64_t unix_ms, std::string& out) {
  RecordTemplate& record = correlation.record;
  if (record.max_size == 0) Build(execution, correlation, record);
  Stamp(unix_ms);
  const size_t start = out.size();
  out.resize(start + record.max_size + execution.pids.size() * (kMaxNumber + 1));
  const char* end = Print(record, execution, number, &out[start]);
  out.resize(static_cast<size_t>(end - out.data()));
}

char* RecordFormatter::Print(const RecordTemplate& record, const Execution& execution,
                             uint64_t number, char* out) const {
  const char* text = record.text.data();
  for (const Field& field : record.fields) {
    out = CopyText(text, field.text_size, out);
    text += field.text_size;
    switch (field.kind) {
      case FieldKind::kTime:
        memcpy(out, stamp_.data(), stamp_.size());
        out += stamp_.size();
        break;
      case FieldKind::kPid:
        out = PrintNumber(execution.pids.empty() ? 0 : execution.pids.front(), out);
        break;
      case FieldKind::kNumber:
        out = PrintNumber(number, out);
        break;
      case FieldKind::kTotal:
        out = PrintNumber(execution.num_sources + execution.num_sinks, out);
        break;
      case FieldKind::kSources:
        out = PrintNumber(execution.num_sources, out);
        break;
      case FieldKind::kSinks:
        out = PrintNumber(execution.num_sinks, out);
        break;
      case FieldKind::kCapped:
        out = PrintNumber(execution.events_capped(), out);
        break;
      case FieldKind::kDropped:
        out = PrintNumber(execution.events_dropped(), out);
        break;
      case FieldKind::kPids:
        for (size_t i = 0; i < execution.pids.size(); ++i) {
          if (i > 0) *out++ = ',';
          out = PrintNumber(execution.pids[i], out);
        }
        break;
      case FieldKind::kHash:
        out = PrintHash(execution.events[field.a].hash, out);
        break;
      case FieldKind::kSize:
        out = PrintNumber(execution.events[field.a].size, out);
        if (execution.events[field.a].size > FLOW_MAX_HASHED)
          out = CopyText(kSampled[field.b].text, kSampled[field.b].size, out);
        break;
      case FieldKind::kEventPid:
        out = PrintNumber(execution.events[field.a].pid, out);
        break;
      case FieldKind::kTimeDelta:
        out = PrintTimeDelta(
            execution.events[field.b].timestamp - execution.events[field.a].timestamp, out);
        break;
      case FieldKind::kHitCount:
        out = PrintNumber(execution.hits[field.a].count, out);
        break;
    }
  }
  const size_t rest = record.text.size() - kBlock - record.size_before_fields;
  return CopyText(text, rest, out);
}

void RecordFormatter::Build(const Execution& execution, const Correlation& correlation,
                            RecordTemplate& record) {
  record.Clear();
  std::string& text = record.text;
  text.append("{\"timestamp\":\"");
  AddField(FieldKind::kTime, record);
  text.append("Z\",\"execution\":{\"pid\":");
  AddField(FieldKind::kPid, record);
  text.append(",\"number\":");
  AddField(FieldKind::kNumber, record);
  if (execution.events_capped() == 0)
    StrAppend(&text, ",\"total_events\":", execution.events.size(),
              ",\"num_sources\":", execution.num_sources, ",\"num_sinks\":", execution.num_sinks);
  else
    BuildTotals(record);
  if (execution.events_dropped() != 0) {
    text.append(",\"dropped_events\":");
    AddField(FieldKind::kDropped, record);
  }
  if (execution.pids.size() > 1) {
    text.append(",\"pids\":[");
    AddField(FieldKind::kPids, record);
    text.push_back(']');
  }
  text.append(",\"completions\":{");
  bool any_unlisted = false;
  AppendJoined(correlation.flows, text, [&](const CompletedFlow& completed) {
    any_unlisted |= completed.count > completed.num_listed;
    StrAppend(&text, "\"", db_.flow(completed.flow).id, "\":", completed.count);
  });
  text.push_back('}');
  if (any_unlisted) StrAppend(&text, ",\"max_listed\":", max_listed_);
  text.append(",\"completed_flows\":[");
  bool first = true;
  for (const CompletedFlow& completed : correlation.flows) {
    if (completed.num_listed == 0) continue;
    if (!first) text.push_back(',');
    first = false;
    const Flow flow = db_.flow(completed.flow);
    AppendJoined(correlation.Listed(completed), text, [&](const Completion& completion) {
      BuildCompletion(execution, flow, completion, record);
    });
  }
  text.append("]},\"coverage\":{");
  AppendJoined(correlation.hits_by_id, text, [&](uint32_t hit) {
    StrAppend(&text, "\"", execution.hits[hit].id, "\":");
    AddField(FieldKind::kHitCount, record, hit);
  });
  text.append("}}\n");
  record.max_size = text.size() + kBlock;
  for (const Field& field : record.fields) record.max_size += MaxSize(field.kind);
  text.append(kBlock, '\0');
}

// Where they do not follow from the events.
void RecordFormatter::BuildTotals(RecordTemplate& record) {
  record.text.append(",\"total_events\":");
  AddField(FieldKind::kTotal, record);
  record.text.append(",\"num_sources\":");
  AddField(FieldKind::kSources, record);
  record.text.append(",\"num_sinks\":");
  AddField(FieldKind::kSinks, record);
  record.text.append(",\"capped_events\":");
  AddField(FieldKind::kCapped, record);
}

void RecordFormatter::BuildCompletion(const Execution& execution, const Flow& flow,
                                      const Completion& completion, RecordTemplate& record) {
  std::string& text = record.text;
  const auto [source, sink] = completion;
  StrAppend(&text, "{\"flow_id\":", flow.id, ",\"source_id\":", flow.source_id,
            ",\"sink_id\":", flow.sink_id, ",\"source_hash\":\"0x");
  AddField(FieldKind::kHash, record, source);
  text.append("\",\"sink_hash\":\"0x");
  AddField(FieldKind::kHash, record, sink);
  text.append("\",\"source_size\":");
  AddField(FieldKind::kSize, record, source);
  text.append(",\"sink_size\":");
  AddField(FieldKind::kSize, record, sink, 1);
  text.append(",\"time_delta_ns\":");
  AddField(FieldKind::kTimeDelta, record, source, sink);
  if (execution.pids.size() > 1) {
    text.append(",\"source_pid\":");
    AddField(FieldKind::kEventPid, record, source);
    text.append(",\"sink_pid\":");
    AddField(FieldKind::kEventPid, record, sink);
  }
  text.append(",\"intermediate_coverage\":[");
  AppendJoined(flow.intermediates, text, [&](uint32_t id) { StrAppend(&text, id); });
  text.append("]}");
}

}  // namespace flowmon
