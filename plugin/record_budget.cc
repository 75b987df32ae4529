#include "plugin/record_budget.h"

#include <sys/statvfs.h>

#include "plugin/segments.h"

namespace flowmon {

const char* RecordLimitName(RecordLimit limit) {
  switch (limit) {
    case RecordLimit::kNone:
      return "none";
    case RecordLimit::kMaxTotal:
      return "output.max_total_mib";
    case RecordLimit::kMinFree:
      return "output.min_free_mib";
  }
  return "";
}

RecordLimit RecordBudget::Update(uint64_t now_ns, const RecordWriter& writer) {
  if (now_ns >= next_look_ns_ || writer.last_segment() != last_segment_) {
    constexpr uint64_t kIntervalNs = 1'000'000'000;
    next_look_ns_ = now_ns + kIntervalNs;
    last_segment_ = writer.last_segment();
    Look();
  }
  return limit_ = Decide(options_, finished_bytes_ + writer.current_bytes(), free_bytes_, limit_);
}

RecordLimit RecordBudget::Decide(const Options& options, uint64_t total_bytes,
                                 std::optional<uint64_t> free_bytes, RecordLimit before) {
  const auto margin = [before](RecordLimit limit, uint64_t bytes) {
    return before == limit ? bytes / 10 : 0;
  };
  if (options.min_free_bytes != 0 && free_bytes &&
      *free_bytes < options.min_free_bytes + margin(RecordLimit::kMinFree, options.min_free_bytes))
    return RecordLimit::kMinFree;
  if (options.max_total_bytes != 0 &&
      total_bytes >=
          options.max_total_bytes - margin(RecordLimit::kMaxTotal, options.max_total_bytes))
    return RecordLimit::kMaxTotal;
  return RecordLimit::kNone;
}

void RecordBudget::Look() {
  struct statvfs space;
  free_bytes_.reset();
  if (options_.min_free_bytes != 0 && statvfs(directory_.c_str(), &space) == 0)
    free_bytes_ = uint64_t{space.f_bavail} * space.f_frsize;
  if (options_.max_total_bytes == 0) return;
  const auto segments = ListSegments(directory_);
  if (!segments.ok()) return;  // what was known before counts on
  finished_bytes_ = 0;
  for (const Segment& segment : *segments) finished_bytes_ += segment.bytes;
}

}  // namespace flowmon
