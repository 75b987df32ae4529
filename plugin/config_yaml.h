// Parses the text of one configuration file. Knows which keys there are, not what their values
// mean, and follows no `extends:` (config_files.h does).

#ifndef FLOWMON_PLUGIN_CONFIG_YAML_H_
#define FLOWMON_PLUGIN_CONFIG_YAML_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/config_keys.h"

namespace flowmon {

struct YamlExtends {
  std::string name;  // as written
  int line;          // from 1
};

struct YamlSetting {
  const ConfigKey* key;
  std::string text;  // the scalar, not yet converted
  int line;          // from 1, of the key
};

struct YamlConfig {
  std::vector<YamlExtends> extends;   // in the order of the file
  std::vector<YamlSetting> settings;  // in the order of the file; each key at most once
};

// Errors are kInvalidArgument, "name:line: ...". Works on the parser's events: no tree is built, an
// alias is refused and never expanded, and a third level of nesting ends the parse, so memory and
// stack stay proportional to the text. Never throws.
absl::StatusOr<YamlConfig> ParseConfigYaml(std::string_view text, std::string_view name);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CONFIG_YAML_H_
