#include "test/instrument/flow_cc_harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <regex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace flowmon::test {
namespace {

LocationKind KindOf(const std::string& name) {
  for (LocationKind kind : kLocationKinds) {
    if (LocationKindName(kind) == name) return kind;
  }
  ADD_FAILURE() << "unknown kind in a mark: " << name;
  return LocationKind::kSource;
}

// Follows #ifdef, #else and #endif; enough for the programs at hand.
class Conditions {
 public:
  explicit Conditions(const std::vector<std::string>& defines) : defines_(defines) {}
  bool Holds(const std::string& line) {
    if (line.starts_with("#ifdef ")) {
      holds_ = std::count(defines_.begin(), defines_.end(), line.substr(7)) != 0;
    } else if (line.starts_with("#else")) {
      holds_ = !holds_;
    } else if (line.starts_with("#endif")) {
      holds_ = true;
    }
    return holds_;
  }

 private:
  const std::vector<std::string>& defines_;
  bool holds_ = true;
};

template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string Unescape(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char c = text[++i];
    result += c == 'n' ? '\n' : c >= '0' && c <= '7' ? static_cast<char>(c - '0') : c;
  }
  return result;
}

}  // namespace

std::vector<Mark> ReadMarks(const std::string& source, const std::vector<std::string>& defines) {
  static const std::regex kMark(
      "(SOURCE|SINK|INTERMEDIATE) (\\d+) (?:\\[([a-z0-9:]+)\\] )?`([^`]*)` (~?)(.*)");
  std::vector<Mark> marks;
  Conditions conditions(defines);
  uint32_t number = 0;
  for (const std::string& line : ReadLines(source)) {
    ++number;
    if (!conditions.Holds(line)) continue;
    std::vector<std::string> parts = absl::StrSplit(line, "//! ");
    for (size_t i = 1; i < parts.size(); ++i) {
      std::smatch match;
      const std::string text(absl::StripTrailingAsciiWhitespace(parts[i]));
      if (!std::regex_match(text, match, kMark)) {
        ADD_FAILURE() << source << ":" << number << ": not a mark: " << text;
        continue;
      }
      const size_t column = parts[0].find(match[4].str());
      EXPECT_NE(column, std::string::npos) << source << ":" << number << ": " << text;
      Mark& mark = marks.emplace_back();
      mark.kind = KindOf(match[1]);
      mark.id = static_cast<uint32_t>(std::stoul(match[2]));
      mark.line = number;
      mark.col_start = static_cast<uint32_t>(column + 1);
      mark.col_end = static_cast<uint32_t>(column + match[4].length());
      mark.label = match[3];
      mark.exact = match[5].length() == 0;
      mark.missing = match[6] == "missing";
      mark.values = absl::StrSplit(match[6].str(), " then ");
    }
  }
  return marks;
}

std::string FlowDbOf(const std::vector<Mark>& marks, const std::string& file_name) {
  std::string text;
  std::map<LocationKind, std::vector<uint32_t>> ids;
  for (const Mark& mark : marks) {
    absl::StrAppend(&text, std::string(LocationKindName(mark.kind)), ",", mark.id, ",", file_name,
                    ",", mark.line, ",", mark.col_start, ",", mark.col_end, "\n");
    ids[mark.kind].push_back(mark.id);
  }
  for (const Mark& mark : marks) {
    if (!mark.label.empty())
      absl::StrAppend(&text, "LABEL,", std::string(LocationKindName(mark.kind)), ",", mark.id,
                      ",data,", mark.label, "\n");
  }
  // A flow needs both ends; a place that no program has serves where the marks have none.
  for (LocationKind kind : {LocationKind::kSource, LocationKind::kSink}) {
    if (!ids[kind].empty()) continue;
    absl::StrAppend(&text, std::string(LocationKindName(kind)), ",1,nowhere.c,1,0,0\n");
    ids[kind].push_back(1);
  }
  absl::StrAppend(&text, "FLOW,1,", ids[LocationKind::kSource][0], ",", ids[LocationKind::kSink][0],
                  ",[", absl::StrJoin(ids[LocationKind::kIntermediate], ","), "],test\n");
  return text;
}

std::string BytesOf(const std::string& value, bool* any) {
  *any = value == "pointer";
  if (*any) return "";
  if (value.starts_with('"')) return Unescape(value.substr(1, value.size() - 2));
  const std::vector<std::string> parts = absl::StrSplit(value, ':');
  if (parts.size() == 2 && parts[0] == "f64") return Raw(std::stod(parts[1]));
  const int64_t number = parts.size() == 2 ? std::stoll(parts[1]) : 0;
  if (parts[0] == "i1" || parts[0] == "i8") return Raw(static_cast<int8_t>(number));
  if (parts[0] == "i16") return Raw(static_cast<int16_t>(number));
  if (parts[0] == "i32") return Raw(static_cast<int32_t>(number));
  if (parts[0] == "i64") return Raw(number);
  ADD_FAILURE() << "not a value: " << value;
  return "";
}

Ended Workshop::Compile(const std::string& compiler, const std::vector<std::string>& args,
                        const std::map<std::string, std::string>& environment,
                        const std::string& input) const {
  std::vector<std::string> argv = {absl::StrCat(FLOWMON_BINARY_DIR, "/bin/", compiler)};
  argv.insert(argv.end(), args.begin(), args.end());
  std::map<std::string, std::string> variables = {{"FLOW_CC_BACKEND", backend_},
                                                  {"FLOW_CXX_BACKEND", ""},
                                                  {"FLOW_DB", database_},
                                                  {"FLOW_REPORT", ""},
                                                  {"AFL_QUIET", "1"}};
  for (const auto& [name, value] : environment) variables[name] = value;
  return RunProgram(
      {.argv = argv, .environment = variables, .input = input, .directory = dir_.path()});
}

Ended Workshop::FlowCc(const std::vector<std::string>& args,
                       const std::map<std::string, std::string>& environment,
                       const std::string& input) const {
  return Compile("flow-cc", args, environment, input);
}

Ended Workshop::FlowCxx(const std::vector<std::string>& args,
                        const std::map<std::string, std::string>& environment) const {
  return Compile("flow-c++", args, environment, "");
}

Trace Workshop::RunTraced(const std::string& name, const std::string& input,
                          const std::vector<std::string>& args) const {
  const TempDir shm = TempDir::InSharedMemory();
  std::vector<std::string> argv = {Path(name)};
  argv.insert(argv.end(), args.begin(), args.end());
  const Ended ended = RunProgram({.argv = argv,
                                  .environment = {{"FLOW_SHM", "files"},
                                                  {"FLOW_SHM_DIR", shm.path()},
                                                  {"FLOW_TEST_VALUE", "from outside"}},
                                  .input = input,
                                  .directory = dir_.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  return ReadTrace(shm.path());
}

Trace ReadTrace(const std::string& directory) {
  Trace trace;
  for (const std::string& name : ListNames(directory)) {
    const std::string file = ReadFile(absl::StrCat(directory, "/", name));
    if (name.starts_with(FLOW_EVENTS_PREFIX)) {
      flow_events_header header;
      std::memcpy(&header, file.data(), sizeof header);
      const size_t before = trace.events.size();
      const size_t count = std::min(header.num_events, header.max_events);
      trace.events.resize(before + count);
      if (count != 0) {
        std::memcpy(&trace.events[before], file.data() + sizeof header, count * sizeof(flow_event));
      }
      const size_t tallies_offset = sizeof header + header.max_events * sizeof(flow_event);
      trace.tallies.resize((file.size() - tallies_offset) / sizeof(uint64_t));
      if (trace.tallies.empty()) continue;
      std::memcpy(trace.tallies.data(), file.data() + tallies_offset,
                  trace.tallies.size() * sizeof(uint64_t));
    } else {
      flow_coverage_header header;
      std::memcpy(&header, file.data(), sizeof header);
      trace.uncounted += header.uncounted;
      for (uint32_t id = 0; id < header.map_size; ++id) {
        const auto hits = static_cast<unsigned char>(file[sizeof header + id]);
        if (hits != 0) trace.hits[id] += hits;
      }
    }
  }
  return trace;
}

std::string ProgramSource(const std::string& name) {
  return absl::StrCat(FLOWMON_SOURCE_DIR, "/test/instrument/programs/", name);
}

}  // namespace flowmon::test
