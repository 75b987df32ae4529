#include "plugin/config_keys.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace flowmon {
namespace {

// In the order of the enumerators.
constexpr std::string_view kRecordModes[] = {"all", "flows", "new"};
constexpr std::string_view kLaneModes[] = {"session", "files"};
constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warning", "error", "off"};
constexpr std::string_view kTrueWords[] = {"true", "yes", "on", "1"};
constexpr std::string_view kFalseWords[] = {"false", "no", "off", "0"};

// clang-format off
#define FLOWMON_MEMBER(path) ([](auto& config) -> decltype((config.path)) { return config.path; })
#define TEXT(path, rule, ...) \
  ConfigKey{#path, TextKey{FLOWMON_MEMBER(path), TextRule::rule}, __VA_ARGS__}
#define NUMBER(path, min, max, ...) \
  ConfigKey{#path, NumberKey{FLOWMON_MEMBER(path), min, max}, __VA_ARGS__}
#define BOOL(path, ...) \
  ConfigKey{#path, BoolKey{FLOWMON_MEMBER(path)}, __VA_ARGS__}
#define CHOICE(path, names, ...) \
  ConfigKey{#path, \
            ChoiceKey{[](const Config& config) { return static_cast<size_t>(config.path); }, \
                      [](Config& config, size_t index) { \
                        config.path = static_cast<decltype(config.path)>(index); \
                      }, \
                      names}, \
            __VA_ARGS__}

constexpr ConfigKey kKeys[] = {
  CHOICE(shared_memory.mode, kLaneModes, "How the target reports: by one region for the campaign, or by two files per process"),
  TEXT(shared_memory.directory, kAbsolutePath,
       "Directory of the per-process files; the target gets it as FLOW_SHM_DIR", "FLOW_SHM_DIR"),
  NUMBER(shared_memory.max_events, 1, FLOW_LIMIT_MAX_EVENTS,
         "Events that one execution can have; the target gets it as FLOW_MAX_EVENTS"),
  NUMBER(shared_memory.max_events_per_id, 0, FLOW_LIMIT_MAX_EVENTS,
         "Events of one source or sink that one execution can have, the others are only counted; 0 = no limit"),
  NUMBER(shared_memory.map_size, 0, FLOW_LIMIT_MAP_SIZE,
         "Bytes of the coverage map, one per intermediate id; 0 = as many as the database needs"),
  TEXT(flow_database.path, kAny,
       "The .flowdb file; the plugin does not start without one", "FLOW_MONITOR_FLOWDB"),
  BOOL(flow_database.strict, "Warnings in the .flowdb file stop the start"),
  TEXT(output.directory, kAny,
       "Where records, statistics and log go; empty = flowmon in the AFL++ instance's directory",
       "FLOW_MONITOR_OUTPUT"),
  BOOL(output.buffered,
       "Records may wait in memory; false = never: what the disk does not take at once is lost"),
  BOOL(output.flush_each,
       "Each record is written at once, and waits in memory only while the disk takes nothing"),
  NUMBER(output.buffer_kib, 1, 65536, "KiB of records to gather before they are written"),
  NUMBER(output.flush_interval_ms, 1, 3600000,
         "Milliseconds after which gathered records are written at the latest"),
  NUMBER(output.rotate_mib, 0, 1048576,
         "MiB after which executions.jsonl is finished and a new one begun; 0 = never"),
  BOOL(output.compress, "Finished files of records are compressed in the background (zstd)"),
  NUMBER(output.max_total_mib, 0, 1073741824,
         "MiB that all records may take; beyond it only what is new is recorded; 0 = no limit"),
  NUMBER(output.min_free_mib, 0, 1073741824,
         "MiB that stay free on the disk; below it only what is new is recorded; 0 = no limit"),
  CHOICE(processing.record, kRecordModes,
         "Which executions get a record: each, those that completed a flow, those "
         "with something new"),
  NUMBER(processing.max_completions_listed, 0, 1000000,
         "Completions listed per flow in one record; all are counted"),
  NUMBER(processing.max_distinct_values, 0, 16777216,
         "Source values, sink values and pairs of them that are counted exactly, per flow"),
  BOOL(inputs.keep,
       "For each flow the first, the smallest and the fastest input that completed it are kept"),
  NUMBER(inputs.max_input_kib, 1, 1048576, "KiB beyond which an input is not kept"),
  NUMBER(inputs.max_total_mib, 0, 1073741824, "MiB that all kept inputs may take"),
  CHOICE(logging.level, kLogLevels, "The least severe messages that are logged"),
  TEXT(logging.file, kNotEmpty, "Log file; a relative name is inside output.directory"),
  NUMBER(statistics.print_interval, 1, 86400, "Seconds between two summaries in the log"),
  NUMBER(statistics.update_interval, 1, 86400,
         "Seconds between two updates of flowmon_stats and flow_stats.jsonl"),
  BOOL(cleanup.at_start,
       "At the start, remove what killed earlier campaigns left in shared memory"),
  BOOL(cleanup.at_exit, "At the end, remove what this campaign left in shared memory"),
};
// clang-format on

#undef FLOWMON_MEMBER
#undef TEXT
#undef NUMBER
#undef BOOL
#undef CHOICE

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string FormatYamlText(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

absl::Status SetText(const TextKey& key, std::string_view text, Config& config) {
  if (key.rule == TextRule::kNotEmpty && text.empty()) {
    return absl::InvalidArgumentError("must not be empty");
  }
  if (key.rule == TextRule::kAbsolutePath && !text.starts_with('/')) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuoteForMessage(text), " is not an absolute path"));
  }
  if (HasControlCharacter(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuoteForMessage(text), " contains a control character"));
  }
  key.member.get_mutable(config) = text;
  return absl::OkStatus();
}

// Decimal digits only: "+5", "0x10", "1e3" and "64K" are refused rather than guessed at.
absl::Status SetNumber(const NumberKey& key, std::string_view text, Config& config) {
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && rest == end && value >= key.min && value <= key.max) {
    key.member.get_mutable(config) = value;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrFormat("%s is not a whole number from %u to %u",
                                                    QuoteForMessage(text), key.min, key.max));
}

absl::Status SetBool(const BoolKey& key, std::string_view text, Config& config) {
  const std::string word = absl::AsciiStrToLower(std::string(text));
  const bool is_true = std::ranges::find(kTrueWords, word) != std::end(kTrueWords);
  if (!is_true && std::ranges::find(kFalseWords, word) == std::end(kFalseWords)) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuoteForMessage(text), " is neither true nor false"));
  }
  key.member.get_mutable(config) = is_true;
  return absl::OkStatus();
}

absl::Status SetChoice(const ChoiceKey& key, std::string_view text, Config& config) {
  auto found = std::ranges::find(key.names, text);
  if (found == key.names.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuoteForMessage(text), " is not one of ", JoinNames(key.names)));
  }
  key.set(config, static_cast<size_t>(found - key.names.begin()));
  return absl::OkStatus();
}

}  // namespace

std::span<const ConfigKey> ConfigKeys() { return kKeys; }

const ConfigKey* FindConfigKey(std::string_view path) {
  auto found = std::ranges::find(kKeys, path, &ConfigKey::path);
  return found == std::end(kKeys) ? nullptr : found;
}

bool IsConfigGroup(std::string_view name) {
  return std::ranges::find(kKeys, name, &ConfigKey::group) != std::end(kKeys);
}

std::string EnvironmentName(const ConfigKey& key) {
  std::string name(key.path);
  absl::AsciiStrToUpper(&name);
  std::ranges::replace(name, '.', '_');
  return name.insert(0, kEnvironmentPrefix);
}

std::string DescribeType(const ConfigKey& key) {
  return std::visit(
      Overloaded{
          [](const TextKey& text) -> std::string {
            if (text.rule == TextRule::kNotEmpty) return "a text that is not empty";
            return text.rule == TextRule::kAbsolutePath ? "an absolute path" : "a text";
          },
          [](const NumberKey& number) {
            return absl::StrFormat("a whole number from %u to %u", number.min, number.max);
          },
          [](const BoolKey&) -> std::string { return "true or false"; },
          [](const ChoiceKey& choice) { return absl::StrCat("one of ", JoinNames(choice.names)); },
      },
      key.type);
}

absl::Status SetConfigValue(const ConfigKey& key, std::string_view text, Config& config) {
  // An empty text is a value, anything else empty is a slip: "FLOW_MONITOR_OUTPUT_BUFFER_KIB=
  // afl-fuzz".
  if (text.empty() && !std::holds_alternative<TextKey>(key.type)) {
    return absl::InvalidArgumentError(
        absl::StrCat("is empty where ", DescribeType(key), " is needed"));
  }
  return std::visit(Overloaded{
                        [&](const TextKey& type) { return SetText(type, text, config); },
                        [&](const NumberKey& type) { return SetNumber(type, text, config); },
                        [&](const BoolKey& type) { return SetBool(type, text, config); },
                        [&](const ChoiceKey& type) { return SetChoice(type, text, config); },
                    },
                    key.type);
}

std::string FormatConfigValue(const ConfigKey& key, const Config& config) {
  return std::visit(
      Overloaded{
          [&](const TextKey& text) { return FormatYamlText(text.member.get(config)); },
          [&](const NumberKey& number) { return absl::StrCat(number.member.get(config)); },
          [&](const BoolKey& flag) -> std::string {
            return flag.member.get(config) ? "true" : "false";
          },
          [&](const ChoiceKey& choice) { return std::string(choice.names[choice.get(config)]); },
      },
      key.type);
}

std::string ConfigKeysAsMarkdown() {
  std::string out =
      "| key | value | default | environment | meaning |\n"
      "|---|---|---|---|---|\n";
  const Config defaults;
  for (const ConfigKey& key : kKeys) {
    absl::StrAppendFormat(&out, "| `%s` | %s | `%s` | `%s`", key.path, DescribeType(key),
                          FormatConfigValue(key, defaults), EnvironmentName(key));
    if (!key.environment_alias.empty())
      absl::StrAppendFormat(&out, ", `%s`", key.environment_alias);
    absl::StrAppendFormat(&out, " | %s |\n", key.doc);
  }
  return out;
}

std::string QuoteForMessage(std::string_view text) {
  constexpr size_t kMaxShown = 80;
  const bool cut = text.size() > kMaxShown;
  return absl::StrCat("'", absl::Utf8SafeCEscape(std::string(text.substr(0, kMaxShown))),
                      cut ? "...'" : "'");
}

std::string JoinNames(std::span<const std::string_view> names) {
  std::string joined;
  for (std::string_view name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

bool HasControlCharacter(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

}  // namespace flowmon
