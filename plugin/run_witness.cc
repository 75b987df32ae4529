#include "plugin/run_witness.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "flowdb/str_cat.h"
#include "plugin/processes.h"

namespace flowmon {
namespace {

// Set by AFL++ once a forkserver is up; the second one is cmplog's.
constexpr const char* kForkserverPids[] = {"__AFL_TARGET_PID1", "__AFL_TARGET_PID2"};

uint64_t FieldAsNumber(const std::vector<absl::string_view>& fields, size_t index) {
  uint64_t value = 0;
  return index < fields.size() && absl::SimpleAtoi(fields[index], &value) ? value : 0;
}

uint64_t TracesOfForkserver(absl::string_view pid) {
  // cminflt: minor faults of the children that were waited for.
  const std::string stat = ReadProcFile(StrCat("/proc/", pid, "/stat"));
  uint64_t traces = FieldAsNumber(StatFields(stat), 11 - 3);
  const std::string children = ReadProcFile(StrCat("/proc/", pid, "/task/", pid, "/children"));
  for (const absl::string_view child : absl::StrSplit(children, ' ', absl::SkipWhitespace()))
    // How long it was on a core, and how often: a child that is continued before it was taken off
    // shows in the former only.
    traces = absl::HashOf(traces, child, ReadProcFile(StrCat("/proc/", child, "/schedstat")));
  return traces;
}

}  // namespace

uint64_t RunWitness::Traces() {
  uint64_t traces = 0;
  bool has_forkserver = false;
  for (const char* name : kForkserverPids) {
    const char* pid = getenv(name);
    if (!pid) continue;
    has_forkserver = true;
    traces += TracesOfForkserver(pid);  // 0 for one that has had no child
  }
  if (!has_forkserver) {
    struct rusage usage = {};
    getrusage(RUSAGE_CHILDREN, &usage);
    traces = static_cast<uint64_t>(usage.ru_minflt);
  }
  return traces;
}

bool RunWitness::HasOnlyForkservers(std::span<const uint32_t> pids) {
  bool has_any = false;
  for (const char* name : kForkserverPids) {
    const char* text = getenv(name);
    if (!text) continue;
    has_any = true;
    uint32_t pid = 0;
    if (!absl::SimpleAtoi(text, &pid) || std::find(pids.begin(), pids.end(), pid) == pids.end())
      return false;
  }
  return has_any;
}

bool RunWitness::TargetRan() {
  const uint64_t before = last_;
  Note();
  return last_ != before;
}

}  // namespace flowmon
