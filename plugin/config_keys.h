// The table of all configuration keys and what follows from an entry: names, parsing, formatting.
//
// Used by config.cc, config_yaml.cc and whatever lists the keys. Knows nothing of files.

#ifndef FLOWMON_PLUGIN_CONFIG_KEYS_H_
#define FLOWMON_PLUGIN_CONFIG_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "absl/status/status.h"
#include "plugin/config.h"

namespace flowmon {

// Where in a Config a value is. `member` is a generic lambda that returns a reference to it.
template <typename T>
struct ConfigMember {
  template <typename Lambda>
  requires std::is_convertible_v<Lambda, const T& (*)(const Config&)>
  constexpr ConfigMember(Lambda member) : get(member), get_mutable(member) {}
  const T& (*get)(const Config&);
  T& (*get_mutable)(Config&);
};

enum class TextRule : uint8_t { kAny, kNotEmpty, kAbsolutePath };
struct TextKey {
  ConfigMember<std::string> member;
  TextRule rule;
};
struct NumberKey {
  ConfigMember<uint32_t> member;
  uint32_t min, max;  // both included
};
struct BoolKey {
  ConfigMember<bool> member;
};
struct ChoiceKey {
  size_t (*get)(const Config&);  // index into names
  void (*set)(Config&, size_t);
  std::span<const std::string_view> names;
};

struct ConfigKey {
  std::string_view path;  // "group.key"
  std::variant<TextKey, NumberKey, BoolKey, ChoiceKey> type;
  std::string_view doc;                     // one line, without a full stop
  std::string_view environment_alias = {};  // a second variable, weaker than EnvironmentName()

  std::string_view group() const { return path.substr(0, path.find('.')); }
  std::string_view name() const { return path.substr(path.find('.') + 1); }
};

// Keys of one group are neighbours. The memory is static.
std::span<const ConfigKey> ConfigKeys();
// nullptr if there is none.
const ConfigKey* FindConfigKey(std::string_view path);
bool IsConfigGroup(std::string_view name);

inline constexpr std::string_view kEnvironmentPrefix = "FLOW_MONITOR_";
// Names the configuration file.
inline constexpr std::string_view kConfigVariable = "FLOW_MONITOR_CONFIG";
// "FLOW_MONITOR_GROUP_KEY"
std::string EnvironmentName(const ConfigKey& key);

// "a whole number from 1 to 86400"; "one of all, flows, new"
std::string DescribeType(const ConfigKey& key);

// The error says what is wrong with the text and names neither key nor place; config is unchanged.
absl::Status SetConfigValue(const ConfigKey& key, std::string_view text, Config& config);
// As YAML; text is double-quoted.
std::string FormatConfigValue(const ConfigKey& key, const Config& config);

// The table of doc/CONFIG.md.
std::string ConfigKeysAsMarkdown();

// The user's text for a message: in single quotes, escaped, cut to a readable length.
std::string QuoteForMessage(std::string_view text);
// "a, b, c"
std::string JoinNames(std::span<const std::string_view> names);
// Such bytes are refused in file names: a NUL would cut them, a line feed would forge log lines.
bool HasControlCharacter(std::string_view text);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CONFIG_KEYS_H_
