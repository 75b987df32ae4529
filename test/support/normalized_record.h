// What of a record must be the same for the same input, however and whenever it was observed.

#ifndef FLOWMON_TEST_SUPPORT_NORMALIZED_RECORD_H_
#define FLOWMON_TEST_SUPPORT_NORMALIZED_RECORD_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "test/support/files.h"

namespace flowmon::test {

// The line without its times, and with processes numbered in the order in which it names them.
// Everything else stays, in its order.
inline std::string NormalizedRecord(const std::string& line) {
  using nlohmann::ordered_json;
  ordered_json record = ordered_json::parse(line);
  record.erase("timestamp");
  ordered_json& execution = record["execution"];
  std::vector<uint32_t> seen = {0};  // no process stays 0
  const auto rename = [&](ordered_json& pid) {
    const auto position = std::find(seen.begin(), seen.end(), pid.get<uint32_t>()) - seen.begin();
    if (position == std::ssize(seen)) seen.push_back(pid.get<uint32_t>());
    pid = position;
  };
  rename(execution["pid"]);
  for (ordered_json& flow : execution["completed_flows"]) {
    flow.erase("time_delta_ns");
    flow.erase("time_delta_us");
    for (const char* key : {"source_pid", "sink_pid"})
      if (flow.contains(key)) rename(flow[key]);
  }
  if (execution.contains("pids")) execution["pids"] = execution["pids"].size();
  return record.dump();
}

inline std::vector<std::string> NormalizedRecords(const std::string& path) {
  std::vector<std::string> records = ReadLines(path);
  std::transform(records.begin(), records.end(), records.begin(), NormalizedRecord);
  return records;
}

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_SUPPORT_NORMALIZED_RECORD_H_
