// What of a record must be the same for the same input, however and whenever it was observed.

#ifndef FLOWMON_TEST_SUPPORT_NORMALIZED_RECORD_H_
#define FLOWMON_TEST_SUPPORT_NORMALIZED_RECORD_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "test/support/files.h"

namespace flowmon::test {

// The line without its times, and with the position of each process in execution.pids instead of
// its pid. Everything else stays, in its order.
inline std::string NormalizedRecord(const std::string& line) {
  using nlohmann::ordered_json;
  ordered_json record = ordered_json::parse(line);
  record.erase("timestamp");
  ordered_json& execution = record["execution"];
  const auto pids = execution.value("pids", std::vector<uint32_t>{execution["pid"]});
  const auto rename = [&](ordered_json& pid) {
    pid = std::find(pids.begin(), pids.end(), pid.get<uint32_t>()) - pids.begin();
  };
  for (ordered_json& flow : execution["completed_flows"]) {
    flow.erase("time_delta_ns");
    flow.erase("time_delta_us");
    for (const char* key : {"source_pid", "sink_pid"})
      if (flow.contains(key)) rename(flow[key]);
  }
  if (execution["pid"] != 0) rename(execution["pid"]);
  if (execution.contains("pids")) execution["pids"] = pids.size();
  return record.dump();
}

inline std::vector<std::string> NormalizedRecords(const std::string& path) {
  std::vector<std::string> records = ReadLines(path);
  std::transform(records.begin(), records.end(), records.begin(), NormalizedRecord);
  return records;
}

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_SUPPORT_NORMALIZED_RECORD_H_
