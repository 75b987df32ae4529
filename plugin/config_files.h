// Reads a configuration file and the files that it extends.

#ifndef FLOWMON_PLUGIN_CONFIG_FILES_H_
#define FLOWMON_PLUGIN_CONFIG_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin/config_yaml.h"

namespace flowmon {

struct ConfigFile {
  std::string path;  // for messages: as given, or joined from the extending file's directory
  std::vector<YamlSetting> settings;
};

inline constexpr size_t kMaxConfigFileBytes = 1 << 20;
inline constexpr size_t kMaxConfigFiles = 64;

// `file` and the names in `extends:` are paths, or the bare name of a shipped profile, which means
// <profile_dir>/<name>.yaml. Gives the files in the order in which to apply them: bases first,
// `file` last. A file that is reached by several ways counts once, at its first place, so that a
// common base never undoes what another base of the list changed. Errors are kInvalidArgument;
// where `file` itself cannot be read they begin with `where`.
absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(const std::string& file,
                                                        const std::string& where,
                                                        const std::string& profile_dir);

}  // namespace flowmon

#endif  // FLOWMON_PLUGIN_CONFIG_FILES_H_
