#include "tools/kept_inputs.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "flowdb/read_file.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFlowPrefix = "flow_";
constexpr uint64_t kMaxInputBytes = 1 << 30;  // the largest that inputs.max_input_kib allows
constexpr uint64_t kMaxJsonBytes = 1 << 20;

std::optional<uint32_t> FlowOf(const std::string& name) {
  uint32_t id = 0;
  // As the plugin names it: "flow_007" is somebody else's.
  if (!name.starts_with(kFlowPrefix) || !absl::SimpleAtoi(name.substr(kFlowPrefix.size()), &id) ||
      name != StrCat(kFlowPrefix, id))
    return std::nullopt;
  return id;
}

// Empty if it was read.
std::string Read(const std::string& path, const std::string& flowdb_hash, FlowInput& input) {
  const absl::StatusOr<std::string> bytes = ReadRegularFile(path, kMaxInputBytes);
  if (absl::IsNotFound(bytes.status())) return StrCat(path, " is missing");
  if (!bytes.ok()) return std::string(bytes.status().message());
  const absl::StatusOr<std::string> text = ReadRegularFile(path + ".json", kMaxJsonBytes);
  if (!text.ok()) return std::string(text.status().message());
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  try {
    if (json.at("flowdb_hash").get<std::string>() != flowdb_hash)
      return StrCat(path, " was kept for a flow of another database; it is left out");
    input.path = path;
    input.size = json.at("size").get<uint64_t>();
    input.hash = json.at("input_hash").get<std::string>();
    input.timestamp = json.at("timestamp").get<std::string>();
    input.execution = json.at("execution").get<uint64_t>();
    input.time_delta_ns = json.at("time_delta_ns").get<uint64_t>();
    input.unix_ms = json.at("unix_ms").get<int64_t>();
    input.afl_file = json.value("afl_file", "");
    if (input.hash != absl::StrFormat("0x%016x", ContentHash(*bytes)))
      return StrCat(path, " is not the input that ", path,
                    ".json describes; if the campaign is running, try again");
    return "";
  } catch (const nlohmann::json::exception&) {
    return StrCat(path, ".json is damaged");
  }
}

bool IsBetter(const FlowInput& a, const FlowInput& b) {
  switch (a.kind) {
    case InputKind::kFirst:
      return a.unix_ms < b.unix_ms;
    case InputKind::kSmallest:
      return a.size < b.size;
    case InputKind::kFastest:
      return a.time_delta_ns < b.time_delta_ns;
  }
  return false;
}

}  // namespace

std::map<uint32_t, std::vector<FlowInput>> ReadKeptInputs(const std::string& directory,
                                                          const std::string& flowdb_hash,
                                                          std::vector<std::string>& problems) {
  std::map<uint32_t, std::vector<FlowInput>> inputs;
  std::error_code none;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fs::path(directory) / "inputs", none)) {
    const std::optional<uint32_t> flow = FlowOf(entry.path().filename().string());
    if (!flow) continue;
    for (const InputKind kind : kInputKinds) {
      const std::string path = StrCat(entry.path().string(), "/", InputKindName(kind));
      if (!fs::exists(path + ".json", none)) continue;
      FlowInput input;
      input.kind = kind;
      const std::string problem = Read(path, flowdb_hash, input);
      if (problem.empty())
        inputs[*flow].push_back(std::move(input));
      else
        problems.push_back(problem);
    }
  }
  return inputs;
}

void MergeKeptInputs(std::vector<FlowInput> other, std::vector<FlowInput>& inputs) {
  for (FlowInput& input : other) {
    const auto known = std::ranges::find(inputs, input.kind, &FlowInput::kind);
    if (known == inputs.end())
      inputs.push_back(std::move(input));
    else if (IsBetter(input, *known))
      *known = std::move(input);
  }
  std::ranges::sort(inputs, {}, &FlowInput::kind);
}

}  // namespace flowmon
