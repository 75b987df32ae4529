#include "plugin/process_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "flowdb/str_cat.h"
#include "plugin/processes.h"

namespace flowmon {
namespace {

struct FileName {
  char text[48];  // a prefix and any pid
  FileName(const char* prefix, pid_t pid) { snprintf(text, sizeof(text), "%s%d", prefix, pid); }
};

// False if the file ends early, by truncation under our eyes.
bool ReadAt(int fd, void* out, size_t size, uint64_t offset) {
  return pread(fd, out, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

void ZeroAt(int fd, uint64_t offset, uint64_t size) {
  static constexpr char kZeros[4096] = {};
  while (size > 0) {
    const ssize_t n =
        pwrite(fd, kZeros, std::min<uint64_t>(size, sizeof(kZeros)), static_cast<off_t>(offset));
    if (n <= 0) return;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<uint64_t>(n);
  }
}

}  // namespace

pid_t PidOfProcessFile(std::string_view file_name) {
  absl::string_view name = AbslView(file_name);
  if (!absl::ConsumePrefix(&name, FLOW_EVENTS_PREFIX) &&
      !absl::ConsumePrefix(&name, FLOW_COVERAGE_PREFIX))
    return 0;
  // SimpleAtoi() alone would take blanks, a sign and leading zeros.
  const bool is_plain =
      std::all_of(name.begin(), name.end(), absl::ascii_isdigit) && !absl::StartsWith(name, "0");
  pid_t pid = 0;
  return is_plain && absl::SimpleAtoi(name, &pid) ? pid : 0;
}

bool RemoveEntry(int dir_fd, const char* name) {
  return unlinkat(dir_fd, name, 0) == 0 ||
         (errno == EISDIR && unlinkat(dir_fd, name, AT_REMOVEDIR) == 0);
}

void ProcessReader::Refuse(int dir_fd, const char* name) {
  ++num_refused_;
  RemoveEntry(dir_fd, name);
}

ProcessReader::File ProcessReader::Open(int dir_fd, const char* name, uint64_t min_size,
                                        bool is_alive) {
  // O_NONBLOCK: a pipe planted under this name must not stop the fuzzer.
  File file{UniqueFd(openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))};
  if (!file.fd) {
    const bool is_odd = errno == ELOOP || errno == EISDIR || errno == ENXIO || errno == EACCES;
    if (is_odd)
      Refuse(dir_fd, name);
    else if (errno != ENOENT)
      ++num_refused_;  // for want of descriptors or memory: its process may still map it
    return file;
  }
  struct stat info;
  // A second link may be a file of somebody's that we would empty.
  if (fstat(file.fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink > 1) {
    Refuse(dir_fd, name);
    return {};
  }
  if (static_cast<uint64_t>(info.st_size) < min_size) {
    // A live process may be about to fill it; an empty one is that of a process killed before.
    if (!is_alive && info.st_size != 0) Refuse(dir_fd, name);
    return {};
  }
  file.size = static_cast<uint64_t>(info.st_size);
  return file;
}

void ProcessReader::Take(int dir_fd, pid_t pid, uint32_t run_start, Execution& out) {
  const FileName events_name(FLOW_EVENTS_PREFIX, pid), coverage_name(FLOW_COVERAGE_PREFIX, pid);
  const bool is_alive = ProcessExists(pid);
  const File events = Open(dir_fd, events_name.text, sizeof(flow_events_header), is_alive);
  const File coverage = Open(dir_fd, coverage_name.text, sizeof(flow_coverage_header), is_alive);

  flow_events_header header = {};
  if (events.fd && !ReadAt(events.fd.get(), &header, sizeof(header), 0)) header = {};
  const uint64_t room =
      events.fd ? (events.size - sizeof(flow_events_header)) / sizeof(flow_event) : 0;
  const uint64_t reserved = std::min(header.num_events, header.max_events);
  const uint64_t slots = std::min<uint64_t>({reserved, max_events_, room});
  const bool is_root = (header.flags & FLOW_EVENTS_RUN_ROOT) != 0;
  const bool is_late = (header.flags & FLOW_EVENTS_BIRTH_KNOWN) != 0 && !is_root &&
                       static_cast<int32_t>(header.birth - run_start) < 0;

  const uint32_t told = header.flags & FLOW_EVENTS_DATABASE_MASK;
  const uint32_t known = databases_ & FLOW_EVENTS_DATABASE_MASK;
  databases_ |= header.flags & FLOW_EVENTS_SEVERAL_DATABASES;
  if (known == 0)
    databases_ |= told;
  else if (told != 0 && told != known)
    databases_ |= FLOW_EVENTS_SEVERAL_DATABASES;

  const Execution::Mark before = out.mark();
  ReadEvents(events, slots, pid, out);
  ReadHits(coverage, out);
  touched_tallies_.clear();
  // Without that many events there is no excess; a live process starts its next run without them.
  if (limit_.max_events_per_id != 0 && (is_alive || header.num_events >= limit_.max_events_per_id))
    ReadCapped(events, sizeof(header) + uint64_t{header.max_events} * sizeof(flow_event), out);
  out.events_produced += header.num_events;
  out.events_overflowed += header.num_events - reserved;
  out.events_torn += reserved - slots;
  if (is_late)
    out.TurnLate(before);
  else if (out.events_produced != before.events_produced || out.hits.size() != before.num_hits ||
           out.hits_uncounted != before.hits_uncounted)
    out.AddProcess(static_cast<uint32_t>(pid), is_root);

  if (is_alive) {
    Empty(events, slots, coverage);
  } else {
    RemoveEntry(dir_fd, events_name.text);
    RemoveEntry(dir_fd, coverage_name.text);
  }
}

DatabaseFit ProcessReader::CompareDatabase(uint64_t hash) const {
  if ((databases_ & FLOW_EVENTS_SEVERAL_DATABASES) != 0) return DatabaseFit::kSeveral;
  return databases_ == 0 || databases_ == FLOW_EVENTS_DATABASE(hash) ? DatabaseFit::kNoDifference
                                                                     : DatabaseFit::kOther;
}

void ProcessReader::ReadEvents(const File& file, uint64_t slots, pid_t pid, Execution& out) {
  constexpr uint64_t kSlotsPerRead = 4096;  // memory follows the events, not the claimed slots
  for (uint64_t done = 0; done < slots; done += slots_.size()) {
    slots_.resize(std::min(slots - done, kSlotsPerRead));
    if (!ReadAt(file.fd.get(), slots_.data(), slots_.size() * sizeof(flow_event),
                sizeof(flow_events_header) + done * sizeof(flow_event))) {
      out.events_torn += slots - done;
      return;
    }
    for (const flow_event& slot : slots_) {
      if (slot.type != FLOW_EVENT_SOURCE && slot.type != FLOW_EVENT_SINK) {
        ++out.events_torn;
        continue;
      }
      out.events.push_back({slot.timestamp, slot.data_hash, slot.id, slot.data_size,
                            static_cast<uint32_t>(pid), slot.type == FLOW_EVENT_SINK});
    }
  }
}

template <typename Visit>
void ProcessReader::ForEachPart(const File& file, uint64_t begin, uint64_t end, Visit visit) {
  uint64_t offset = begin;
  while (offset < end) {
    const off_t data = lseek(file.fd.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0 || static_cast<uint64_t>(data) >= end) break;
    const off_t hole = lseek(file.fd.get(), data, SEEK_HOLE);
    offset = static_cast<uint64_t>(data);
    const uint64_t stop = hole < 0 ? end : std::min(end, static_cast<uint64_t>(hole));
    if (stop <= offset) break;
    part_.resize(stop - offset);
    if (!ReadAt(file.fd.get(), part_.data(), part_.size(), offset)) break;
    visit(offset, std::span<const uint8_t>(part_));
    offset = stop;
  }
}

// The map is sparse: only the pages that the target touched cost anything.
void ProcessReader::ReadHits(const File& file, Execution& out) {
  touched_map_.clear();
  flow_coverage_header header;
  if (!file.fd || !ReadAt(file.fd.get(), &header, sizeof(header), 0)) return;
  out.hits_uncounted += header.uncounted;
  const uint64_t end =
      sizeof(header) +
      std::min<uint64_t>({header.map_size, map_size_, file.size - sizeof(flow_coverage_header)});
  ForEachPart(file, sizeof(header), end, [&](uint64_t offset, std::span<const uint8_t> part) {
    const size_t hits_before = out.hits.size();
    AppendHits(part, static_cast<uint32_t>(offset - sizeof(header)), out.hits);
    if (out.hits.size() != hits_before) touched_map_.emplace_back(offset, part.size());
  });
}

void ProcessReader::ReadCapped(const File& file, uint64_t tallies_offset, Execution& out) {
  // The first one is the limit; what the target has made of it is not asked.
  const uint64_t first = tallies_offset + sizeof(uint64_t);
  if (!file.fd || first >= file.size) return;
  const uint64_t end =
      std::min(file.size, tallies_offset + FLOW_NUM_TALLIES(uint64_t{limit_.num_ids}) * 8);
  ForEachPart(file, first, end, [&](uint64_t offset, std::span<const uint8_t> part) {
    touched_tallies_.emplace_back(offset, part.size());
    for (size_t i = 0; i + sizeof(uint64_t) <= part.size(); i += sizeof(uint64_t)) {
      uint64_t tally;
      memcpy(&tally, &part[i], sizeof(tally));
      if (tally <= limit_.max_events_per_id) continue;
      const uint64_t excess = std::min<uint64_t>(tally, UINT32_MAX) - limit_.max_events_per_id;
      const bool is_sink = (offset + i - first) / sizeof(uint64_t) % 2 == 1;
      (is_sink ? out.sinks_capped : out.sources_capped) += excess;
      out.events_produced += excess;
    }
  });
}

void ProcessReader::Empty(const File& events, uint64_t slots, const File& coverage) {
  if (events.fd) {
    ZeroAt(events.fd.get(), sizeof(flow_events_header), slots * sizeof(flow_event));
    for (const auto& [offset, size] : touched_tallies_) ZeroAt(events.fd.get(), offset, size);
    ZeroAt(events.fd.get(), offsetof(flow_events_header, num_events), sizeof(uint32_t));
  }
  if (coverage.fd) {
    for (const auto& [offset, size] : touched_map_) ZeroAt(coverage.fd.get(), offset, size);
    ZeroAt(coverage.fd.get(), offsetof(flow_coverage_header, uncounted), sizeof(uint32_t));
  }
}

}  // namespace flowmon
